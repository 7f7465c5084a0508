// The spectator's page and the screen on the wall. A plate is followed in this browser only: it
// stands behind the # of the address, which no browser sends.

import { openRoom } from "../hall/room.mjs";

const room = openRoom();
const panel = room.root.querySelector("[data-follow]");

if (panel) {
  panel.hidden = false;
  const input = panel.querySelector("input");
  input.value = followed();
  panel.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const plate = input.value.trim();
    history.replaceState(null, "", plate ? `#plate=${encodeURIComponent(plate)}` : location.pathname);
    tell();
  });
  room.live.addEventListener("change", tell);
  addEventListener("hashchange", tell);
  tell();
}
room.live.start();

function followed() {
  return new URLSearchParams(location.hash.slice(1)).get("plate") ?? "";
}

function tell() {
  const plate = followed();
  const leads = plate !== "" && room.live.state.leader === plate;
  const word = room.say.word(leads ? "followLeads" : "followDoesNot", { plate });
  panel.querySelector("[data-follow-says]").textContent = plate ? `${leads ? "●" : "▲"} ${word}` : "";
}
