// A message in one paragraph of the page.

/** Show {title, body} in `place`, or nothing for null. */
export function show(place, said) {
  if (said === null) {
    place.replaceChildren();
    return;
  }
  const title = document.createElement("b");
  title.textContent = said.title;
  place.replaceChildren(title, " ", said.body);
}
