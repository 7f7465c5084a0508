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

/** A box of {title, body, tone} made from `template`, with buttons for `actions` {label, act}. */
export function box(template, { title, body = "", tone = "amber" }, actions = []) {
  const made = template.content.firstElementChild.cloneNode(true);
  made.className = `notice notice--${tone}`;
  // The place is the live region.
  made.removeAttribute("role");
  const heading = made.querySelector(".notice__title");
  const sign = heading.querySelector(".mark__sign");
  sign.textContent = SIGNS[tone] ?? "◆";
  heading.replaceChildren(sign, title);
  const text = made.querySelector(".notice__body");
  text.textContent = body;
  text.hidden = !body;
  if (actions.length) made.append(row(actions));
  return made;
}

function row(actions) {
  const made = document.createElement("div");
  made.className = "notice__actions";
  for (const { label, act } of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--small";
    button.textContent = label;
    button.addEventListener("click", act);
    made.append(button);
  }
  return made;
}
