// Sentences of the page in the reader's language (templates/parts/words.html).

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

/** The sentence `key` with its {places} filled in. */
export function say(key, places = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}
