/** Children that follow data and stay the same elements, so that focus, hover, open menus and scroll stay too. */

/**
 * Give `parent` exactly these children, in this order; those that are in place already are not touched.
 * @param {Element} parent
 * @param {(Element | null | undefined | false)[]} children
 */
export function arrange(parent, children) {
  const wanted = children.filter((child) => child instanceof Element);
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, n) => {
    if (parent.children[n] !== child) parent.insertBefore(child, parent.children[n] ?? null);
  });
}

/**
 * A row of a list: an element that can be brought up to date.
 * @template T
 * @typedef {{element: Element, update: (item: T, position: number) => void}} Row
 */

/**
 * Rows that follow a list of items; an item keeps its row for as long as its key is in the list.
 * @template T
 */
export class KeyedList {
  /** @type {Map<unknown, Row<T>>} */
  #rows = new Map();

  /**
   * @param {Element} parent
   * @param {{key: (item: T) => unknown, create: (item: T) => Row<T>}} how
   */
  constructor(parent, { key, create }) {
    this.parent = parent;
    this.key = key;
    this.create = create;
  }

  /** @param {T[]} items */
  update(items) {
    /** @type {Map<unknown, Row<T>>} */
    const rows = new Map();
    items.forEach((item, position) => {
      const key = this.key(item);
      const row = this.#rows.get(key) ?? this.create(item);
      row.update(item, position);
      rows.set(key, row);
    });
    this.#rows = rows;
    arrange(this.parent, [...rows.values()].map(({ element }) => element));
  }
}
