import type english from "./en.js";

/** The texts of a language; one that lacks a text says it in English. */
export type Words = typeof english;
export type PartOf<T> = { [K in keyof T]?: T[K] extends string ? string : PartOf<T[K]> };
export type Translation = PartOf<Words> & Record<string, unknown>;

type Base<K extends string> = K extends `${infer B}_one` | `${infer B}_other` ? B : K;
type Leaves<T, Path extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${Base<K>}` : Leaves<T[K], `${Path}${K}.`>;
}[keyof T & string];

/** Where a text is, such as "page.help.title"; one of several numbers is named without `_one` and `_other`. */
export type Key = Leaves<Words>;

/** What stands in a text for its {{names}}; `count` chooses the text of its number too. */
export type Values = { count?: number } & Record<string, string | number>;

export type Translate = (key: Key, values?: Values) => string;
