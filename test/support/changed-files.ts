import type { ChangedFile } from '../../src/core/narrative/diff-excerpt.ts';

/** A pull request that asks for one price after the other, beside a secret and a file that nobody reads. */
export const someChangedFiles: readonly ChangedFile[] = [
  {
    path: 'src/catalogue/search.ts',
    hunks: `@@ -18,6 +18,9 @@ export async function search(query: string) {
   const rows = await db.all('select id, title from items where title like ?', pattern(query));
-  const prices = await pricesOf(rows.map(({ id }) => id));
-  return rows.map((row) => ({ ...row, price: prices.get(row.id) }));
+  const found = [];
+  for (const row of rows) {
+    found.push({ ...row, price: await priceOf(row.id) });
+  }
+  return found;
 }`,
  },
  { path: 'src/cart.ts', hunks: "@@ -3 +3 @@\n-const retries = 2;\n+const retries = 5;\n+const apiKey = 'abcdefgh';" },
  { path: 'package-lock.json', hunks: '@@ -1 +1 @@\n+x' },
];
