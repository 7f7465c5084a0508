// Amounts on the page: the same reading and the same capitals as auction/core/money.py.
// Fen are BigInt, never a float.

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];
const MAX_FEN = 10n ** 15n - 1n;

/** Fen of an amount in 万元 such as "1,549" or "774.995"; null if it is not one. */
export function fenOfWan(text) {
  const half = text
    .trim()
    .replace(/[０-９．，]/g, (c) => (c === "，" ? "," : String.fromCharCode(c.charCodeAt(0) - 0xfee0)));
  if (!/^(\d+|\d{1,3}(,\d{3})+)(\.\d{1,6})?$/.test(half)) return null;
  const [whole, fraction = ""] = half.replaceAll(",", "").split(".");
  if (whole.length > 12) return null;
  const fen = BigInt(whole + fraction.padEnd(6, "0"));
  return fen > MAX_FEN ? null : fen;
}

/** "1,549" of fen: 万元, grouped by three, as many decimals as there are. */
export function wanText(fen) {
  const whole = (fen / 1_000_000n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = (fen % 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

/** 人民币壹仟伍佰肆拾玖万元整 */
export function capitals(fen) {
  const yuan = fen / 100n;
  const jiao = Number((fen % 100n) / 10n);
  const cents = Number(fen % 10n);
  const fraction = fen % 100n !== 0n;
  let text = "人民币";
  if (yuan || !fraction) text += `${integer(yuan)}元`;
  if (!fraction) return `${text}整`;
  if (yuan && (jiao === 0 || yuan % 10n === 0n)) text += "零";
  if (jiao) text += `${DIGITS[jiao]}角`;
  return text + (cents ? `${DIGITS[cents]}分` : "整");
}

function integer(number) {
  if (number === 0n) return "零";
  let text = "";
  let zero = false;
  for (let power = GROUPS.length - 1; power >= 0; power -= 1) {
    const group = Number((number / 10n ** BigInt(4 * power)) % 10_000n);
    if (!group) {
      zero = text !== "";
      continue;
    }
    if (text && (zero || group < 1000)) text += "零";
    zero = false;
    const followed = power === 3 && (number / 10n ** 8n) % 10_000n !== 0n;
    text += fourDigits(group) + (followed ? "万" : GROUPS[power]);
  }
  return text;
}

function fourDigits(group) {
  let text = "";
  let zero = false;
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit) {
      text += (zero ? "零" : "") + DIGITS[digit] + PLACES[place];
      zero = false;
    } else {
      zero = text !== "";
    }
  }
  return text;
}

/** "35.75" 万元 per 亩 of fen over an area in m² as decimal text; rounded half up. */
export function wanPerMu(fen, areaText) {
  const [whole, fraction = ""] = areaText.split(".");
  const areaMm2 = BigInt(whole + fraction.padEnd(6, "0").slice(0, 6));
  // fen per 亩 = fen * 10000 m² / (15 * area), printed in hundredths of 万元 (10,000 fen).
  const numerator = fen * 10_000n * 1_000_000n;
  const denominator = areaMm2 * 15n * 10_000n;
  const hundredths = (2n * numerator + denominator) / (2n * denominator);
  return `${wanText((hundredths / 100n) * 1_000_000n)}.${String(hundredths % 100n).padStart(2, "0")}`;
}
