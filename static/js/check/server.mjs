// What the device check asks the server: whether it would accept a certificate, and a signature.

/** {code, title, body, tone} of the answer; its `accepted` tells a yes from a no. Throws without. */
export async function ask(url, csrf, payload) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(payload),
  });
  const answer = await response.json();
  if (!answer.title) throw new Error(answer.code);
  return { ...answer, accepted: response.ok };
}
