// Messages at a place of the page.

const SIGNS = { green: "●", amber: "▲", cinnabar: "▲", violet: "◇" };

/** Show {title, body} as one sentence after the other in `place`, or nothing for null. */
export function show(place, said) {
  if (said === null) {
    place.replaceChildren();
    return;
  }
  const title = document.createElement("b");
  title.textContent = said.title;
  place.replaceChildren(title, " ", said.body);
}

/**
 * A box of {title, body, small, tone} made from `template`, with buttons for `actions` {label, act}
 * and links for {label, href, download}.
 */
export function box(template, { title, body = "", small = "", tone = "amber" }, actions = []) {
  const made = template.content.firstElementChild.cloneNode(true);
  made.className = `notice notice--${tone}`;
  // The place speaks; a live region within it would say everything twice.
  made.removeAttribute("role");
  const heading = made.querySelector(".notice__title");
  const sign = heading.querySelector(".mark__sign");
  sign.textContent = SIGNS[tone] ?? "◆";
  heading.replaceChildren(sign, title);
  write(made.querySelector(".notice__body"), body);
  write(made.querySelector(".notice__small"), small);
  if (actions.length) made.append(row(actions));
  return made;
}

function write(part, text) {
  if (part === null) return;
  part.textContent = text;
  part.hidden = !text;
}

function row(actions) {
  const made = document.createElement("div");
  made.className = "notice__actions";
  for (const { label, act, href, download } of actions) {
    const item = document.createElement(href ? "a" : "button");
    item.className = "btn btn--small";
    item.textContent = label;
    if (href) item.href = href;
    else item.type = "button";
    if (download) item.download = download;
    if (act) item.addEventListener("click", act);
    made.append(item);
  }
  return made;
}
