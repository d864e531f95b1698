/** What the server runs on. */
import { api } from "../api/client.js";

const ENCODER_POLL_MS = 2000;

/** A server that has just started does not know its encoder yet; ask until it does or says why there is none. */
export function awaitEncoder(store) {
  const { system } = store.state;
  if (system.encoder || system.worker_error) return;
  setTimeout(async () => {
    const latest = await api.system().catch(() => null); // being offline is told by what the person does
    if (latest) store.set({ system: latest });
    awaitEncoder(store);
  }, ENCODER_POLL_MS);
}
