const ONE_RETURN_MS = 1000;

/**
 * Run it each time a person looks at the page again, from another tab or another program: once, though a browser tells of
 * both that the page is visible and that it has the focus. A page may be visible for long before it gets the focus.
 * @param {Pick<Window, "addEventListener"> | undefined} page none where there is no window, as in tests
 * @param {() => Promise<unknown>} act
 * @param {() => number} [now] in ms
 */
export function onReturn(page, act, now = () => performance.now()) {
  let isBack = false;
  let actedAt = 0;
  const leave = () => void (isBack = false);
  const comeBack = () => {
    if (isBack && now() - actedAt < ONE_RETURN_MS) return;
    isBack = true;
    actedAt = now();
    void act();
  };
  page?.addEventListener("blur", leave);
  page?.addEventListener("focus", comeBack);
  page?.addEventListener("visibilitychange", () => (document.hidden ? leave() : comeBack())); // bubbles to the window
}
