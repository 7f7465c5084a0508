// What browsers of the oldest accepted kind (Chromium 86) do not have yet and the pages use.

function add(target, name, value) {
  if (name in target) return;
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

function at(index) {
  return this[index < 0 ? this.length + index : index];
}

add(Array.prototype, "at", at);
add(Object, "hasOwn", (object, name) => Object.prototype.hasOwnProperty.call(object, name));
add(AbortSignal, "timeout", (milliseconds) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
});
