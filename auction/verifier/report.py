"""What a run of the verifier says, to people in two languages and to machines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from auction.verifier.context import Context
from auction.verifier.faults import Finding

PASS, FAIL, NOT_CHECKED = "PASS", "FAIL", "NOT CHECKED"
TOLD, LISTED = 3, 1000
"""How many findings of a check are told to people, and listed for machines."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended: of `total` things `failed` failed; `why` where it was not made."""

    number: int
    verdict: str
    total: int = 0
    failed: int = 0
    findings: Sequence[Finding] = field(default_factory=tuple)
    why: str = ""

    @classmethod
    def of(cls, number: int, total: int, findings: Sequence[Finding]) -> "Result":
        """FAIL with what was found, or PASS; a record with several faults counts once."""
        failed = len({(f.seq, f.detail if f.seq is None else "") for f in findings})
        return cls(number, FAIL if findings else PASS, max(total, failed), failed, findings)

    @classmethod
    def not_made(cls, number: int, why: str) -> "Result":
        """NOT CHECKED, for one of the reasons in WHY."""
        return cls(number, NOT_CHECKED, why=why)


# Number -> what it is called, and what is true where it passes; Chinese and English.
CHECKS: dict[int, tuple[tuple[str, str], tuple[str, str]]] = {
    1: (
        ("证据包可打开", "opens"),
        (
            "证据包的 {total} 个成员与清单逐一相符。",
            "All {total} members are those that the manifest lists.",
        ),
    ),
    2: (
        ("记录为规范格式", "canonical records"),
        (
            "全部 {total} 条记录均为唯一的规范写法，字段齐全。",
            "All {total} records are in the one canonical form, field by field.",
        ),
    ),
    3: (
        ("序号连续", "dense sequence"),
        (
            "全部 {total} 条记录自 1 起连续编号，均属本宗地。",
            "All {total} records are numbered from 1 without a gap and belong to this lot.",
        ),
    ),
    4: (
        ("默克尔树根", "Merkle roots"),
        (
            "由记录重算的树根与全部 {total} 个签名头一致，末头覆盖整个日志。",
            "Recomputed from the records, the roots are those of all {total} heads, "
            "the last of which covers the whole log.",
        ),
    ),
    5: (
        ("日志签名", "log signatures"),
        (
            "全部 {total} 个签名头由信任文件所列日志密钥签署。",
            "All {total} heads are signed by the log's key of trust.json.",
        ),
    ),
    6: (
        ("见证人数", "witness quorum"),
        (
            "报价结束后的签名头在期限内由 {total} 名见证人共签，达到规定人数。",
            "{total} witnesses cosigned the end of bidding in time: the quorum is reached.",
        ),
    ),
    7: (
        ("时间戳", "timestamps"),
        (
            "报价结束后的签名头在期限内取得所信任时间戳机构的时间戳。",
            "A trusted authority put a timestamp on the end of bidding in time.",
        ),
    ),
    8: (
        ("时间顺序", "time order"),
        (
            "全部 {total} 条记录的写入时刻不倒退，且不早于到达时刻。",
            "The clock never ran back over the {total} records; "
            "none was written before it arrived.",
        ),
    ),
    9: (
        ("竞买人签名与身份绑定", "bidder signatures and binding"),
        (
            "全部 {total} 份签名有效，证书可上溯至所信任机构，并与号牌的承诺相符。",
            "All {total} signatures hold, their certificates lead to trusted authorities, "
            "and they belong to the plates.",
        ),
    ),
    10: (
        ("公布的规则", "published rules"),
        (
            "日志所载规则即公布的规则，各项参数均在允许范围内。",
            "The rules in the log are those that were published, each within its range.",
        ),
    ),
    11: (
        ("重算裁定", "replayed verdicts"),
        (
            "按规则重算，全部 {total} 条报价与行为的裁定相同。",
            "Decided again by the rules, all {total} bids and acts have the same verdict.",
        ),
    ),
    12: (
        ("截止时刻", "close time"),
        (
            "按规则重算，全部 {total} 次开始、暂停与截止均在应有时刻；报价已结束。",
            "Computed again, all {total} openings, stops and closes are at their instants; "
            "bidding has ended.",
        ),
    ),
    13: (
        ("宣布的结果", "declared winner"),
        (
            "按规则重算的结果与所宣布的一致：{outcome_zh}。",
            "The result by the rules is the one that was declared: {outcome_en}.",
        ),
    ),
    14: (
        ("回执与所存签名头", "receipts and saved heads"),
        (
            "所交来的 {total} 份回执与签名头均与本日志一致。",
            "All {total} receipts and heads that were brought agree with this log.",
        ),
    ),
    15: (
        ("完整至见证头", "complete to the witness head"),
        (
            "本日志不短于任何已知的签名头（{total} 个）。",
            "The log is as long as every head that is known of it ({total}).",
        ),
    ),
}

WHY: dict[str, tuple[str, str]] = {
    "NO_WITNESSES": ("信任文件未列见证人", "trust.json names no witnesses"),
    "NO_AUTHORITIES": ("信任文件未列时间戳机构", "trust.json names no timestamping authority"),
    "NO_TIMESTAMP": (
        "证据包中没有报价结束后的时间戳",
        "the bundle holds no timestamp on the end of bidding",
    ),
    "NO_LIBRARY": ("未安装 rfc3161-client", "rfc3161-client is not installed"),
    "NO_STATEMENTS": (
        "公开证据包不含签名文件，竞买人签名未核验",
        "a public bundle holds no statements: bidder signatures were not checked",
    ),
    "NO_TERMS": (
        "信任文件未列规则的哈希值",
        "trust.json does not say what the terms' SHA-256 is",
    ),
    "NOTHING_BROUGHT": (
        "未交来回执或签名头",
        "no receipt and no saved head was brought",
    ),
    "NO_KNOWN_HEAD": (
        "没有见证头或所存签名头可资比较",
        "there is no witnessed or saved head to compare with",
    ),
    "UNREADABLE": (
        "有记录无法读取，其后无从重算",
        "a record cannot be read: nothing behind it could be computed",
    ),
    "SKIPPED": ("按要求未做", "left out as asked"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one run, in the order of their numbers."""

    results: tuple[Result, ...]
    facts: dict[str, Any]
    permitted: frozenset[int]

    @property
    def exit_code(self) -> int:
        """0: no check failed, and only those were not made that trust.json permits; 1: one failed;
        2: one was not made that should have been."""
        verdicts = {r.number: r.verdict for r in self.results}
        if FAIL in verdicts.values():
            return 1
        unmade = {number for number, verdict in verdicts.items() if verdict == NOT_CHECKED}
        return 0 if unmade <= self.permitted else 2

    def to_text(self) -> str:
        """For people: each check in Chinese and English."""
        lines = [
            f"{self.facts['origin']}  ({self.facts['kind']})",
            f"{self.facts['size']} records, root {self.facts['root']}, "
            f"check code {self.facts['check_code'] or '-'}",
            "",
        ]
        for result in self.results:
            zh, en = CHECKS[result.number][0]
            lines.append(f"{result.number:02d} {result.verdict:<11}  {zh} · {en}")
            lines += [f"      {sentence}" for sentence in self.sentences(result)]
            lines += [f"      - {_told(finding)}" for finding in result.findings[:TOLD]]
            if len(result.findings) > TOLD:
                lines.append(f"      … {len(result.findings) - TOLD} more (--json)")
        lines += ["", *self.conclusion()]
        return "\n".join(lines) + "\n"

    def sentences(self, result: Result) -> tuple[str, str]:
        """One sentence in each language."""
        if result.verdict == NOT_CHECKED:
            zh, en = WHY[result.why]
            return f"未核验：{zh}。", f"Not checked: {en}."
        if result.verdict == FAIL:
            counted = {"failed": result.failed, "total": result.total}
            zh = "{total} 项中有 {failed} 项不符。".format(**counted)
            return zh, "{failed} of {total} failed.".format(**counted)
        zh, en = CHECKS[result.number][1]
        told = {"total": result.total, **self.facts}
        return zh.format(**told), en.format(**told)

    def conclusion(self) -> tuple[str, str]:
        """What it all comes to."""
        match self.exit_code:
            case 0:
                return "结论：通过。", "Conclusion: nothing failed."
            case 1:
                return "结论：不通过。", "Conclusion: something failed."
        return (
            "结论：不能判定，有应做而未做的核验。",
            "Conclusion: undecided, a check was not made that trust.json asks for.",
        )

    def as_data(self) -> dict[str, Any]:
        """For machines."""
        return {
            "format": "auction-verification/1",
            "exit": self.exit_code,
            **{key: self.facts[key] for key in sorted(self.facts) if "outcome" not in key},
            "checks": [self._as_data(result) for result in self.results],
        }

    def _as_data(self, result: Result) -> dict[str, Any]:
        zh, en = self.sentences(result)
        return {
            "number": f"{result.number:02d}",
            "name": CHECKS[result.number][0][1],
            "verdict": result.verdict,
            "why": result.why,
            "permitted": result.number in self.permitted,
            "total": result.total,
            "failed": result.failed,
            "zh": zh,
            "en": en,
            "findings": [
                {"code": f.code, "record": f.seq, "detail": f.detail}
                for f in result.findings[:LISTED]
            ],
        }


def facts(context: Context) -> dict[str, Any]:
    """What the bundle is about, as it says itself or as was computed."""
    size, final = len(context.leaves), context.final
    sale = context.replayed.sale
    won = sale.winner is not None
    price = _wan(sale.price or 0)
    return {
        "origin": context.bundle.origin,
        "kind": context.bundle.kind,
        "size": size,
        "root": context.tree.root(size).hex(),
        "check_code": None if final is None else final.check_code,
        "winner": sale.winner,
        "price_fen": sale.price if won else None,
        "ended_at_us": sale.ended_at,
        "outcome_zh": f"号牌 {sale.winner}，{price} 万元" if won else "未成交",
        "outcome_en": f"plate {sale.winner}, {price} 万元" if won else "not sold",
    }


def _wan(fen: int) -> str:
    """An amount in 万元, exactly."""
    whole, rest = divmod(fen, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _told(finding: Finding) -> str:
    place = "" if finding.seq is None else f"record {finding.seq}: "
    return f"{place}{finding.code} {_printable(finding.detail)}".rstrip()


def _printable(text: str) -> str:
    """Texts out of a bundle are a stranger's: no control characters reach a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])
