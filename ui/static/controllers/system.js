/** What the server runs on. */

const ENCODER_POLL_MS = 2000;

/**
 * A server that has just started does not know its encoder yet; ask until it does or says why there is none.
 * @param {import("../state/store.js").Store} store
 * @param {Pick<import("./server.js").Server, "system">} server
 */
export function awaitEncoder(store, server, pollMs = ENCODER_POLL_MS) {
  const { system } = store.state;
  if (!system || ((system.encoder || system.worker_error) && system.prompts)) return;
  setTimeout(async () => {
    const latest = await server.system().catch(() => null); // being offline is told by what the person does
    if (latest) store.set({ system: latest });
    awaitEncoder(store, server, pollMs);
  }, pollMs);
}
