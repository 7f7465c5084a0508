// How long a key takes to sign, as the device check has measured it in this browser.

const PREFIX = "sign-seconds:";

/** Keep the seconds of one signature by the key of `handle`; false where nothing can be kept. */
export function remember(handle, seconds) {
  try {
    localStorage.setItem(PREFIX + handle, String(seconds));
    return true;
  } catch {
    return false;
  }
}

/** The seconds kept for the key of `handle`, or null. */
export function remembered(handle) {
  try {
    const seconds = Number(localStorage.getItem(PREFIX + handle));
    return seconds > 0 ? seconds : null;
  } catch {
    return null;
  }
}
