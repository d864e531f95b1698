/**
 * Run it each time a person looks at the page again, from another tab or another program.
 * @param {Pick<Window, "addEventListener"> | undefined} page none where there is no window, as in tests
 * @param {() => Promise<unknown>} act
 */
export function onReturn(page, act) {
  page?.addEventListener("focus", () => void act());
  page?.addEventListener("visibilitychange", () => void (document.hidden || act())); // bubbles to the window
}
