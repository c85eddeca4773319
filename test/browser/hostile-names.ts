/** Names as somebody who means harm would choose them; a page shows each as text, and none of them runs. */
export const hostileNames: readonly string[] = [
  '<script>globalThis.hit = 1</script>',
  '<img src=x onerror="globalThis.hit = 1">',
  '"><svg onload="globalThis.hit = 1">',
  "' onmouseover='globalThis.hit = 1",
  'javascript:globalThis.hit=1',
  '<iframe srcdoc="<script>parent.hit = 1</script>">',
  '<a href="javascript:globalThis.hit=1">x</a>',
  '{{constructor.constructor("globalThis.hit = 1")()}}',
  '</title><script>globalThis.hit = 1</script>',
  'invoice\u202Efdp.exe',
  'zero\u200Bwidth\u2066isolated\u2069',
  '👩‍👩‍👧‍👦 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'a'.repeat(5_000),
  'é'.normalize('NFD').repeat(50),
  'مجلد / تقرير',
]
