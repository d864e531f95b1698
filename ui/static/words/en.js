/** What the page says, in English: a file for each area of it, in the JSON format of i18next (version 4). */
import page from "./en/page.json" with { type: "json" };

export default { page };
