// Row 2 of the device check: whether the vendors' programs on this computer can be reached.

const THERE = new Set(["ready", "no_device"]);

/**
 * Look for every configured program and tell it in its row. The browser may have to ask whether
 * this page may reach this computer. `again`: what to do when a person wants another try.
 */
export async function checkBridges(rows, { bridges, soft, demo }, again) {
  const otherwise = soft !== null || demo !== null;
  if (!bridges.length) {
    const none = { state: "unneeded", said: rows.word("bridge_none") };
    rows.tell("bridge", otherwise ? none : rows.both("problem", "bridge_no_way"));
    return;
  }
  rows.running("bridge", rows.word("bridge_asking"), { aloud: true });
  const facts = [];
  for (const bridge of bridges) facts.push([bridge.name, await reach(rows, bridge)]);
  const reached = bridges.filter(({ state }) => THERE.has(state));
  if (reached.length) {
    const names = reached.map(({ name }) => name).join(rows.word("between"));
    rows.tell("bridge", { state: "ok", said: rows.word("bridge_ok", { names }), facts });
    return;
  }
  const states = bridges.map(({ state }) => state);
  // A refusal by the browser explains the others; one that answers badly is at least there.
  const answers = states.some((one) => one !== "bridge_absent") ? "bridge_fault" : "bridge_absent";
  const key = states.includes("bridge_denied") ? "bridge_denied" : answers;
  const told = rows.both(otherwise ? "advice" : "problem", key);
  if (key === "bridge_absent" && otherwise) told.said = rows.word("bridge_absent_soft");
  const actions = [{ label: rows.word("again"), act: again }];
  rows.tell("bridge", { ...told, facts, actions });
}

/** How long a program took to answer, and its version. */
async function reach(rows, bridge) {
  const began = performance.now();
  await bridge.refresh().catch(() => {});
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (!THERE.has(bridge.state)) return rows.word("bridge_fact_absent");
  const version = await bridge.version();
  return version === null
    ? rows.word("bridge_fact_unversioned", { seconds })
    : rows.word("bridge_fact", { seconds, version });
}
