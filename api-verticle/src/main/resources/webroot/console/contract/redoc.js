// Redoc: the contract to read.

export const SCRIPT = '/vendor/redoc/redoc.standalone.js';
/** Of the root, where the page is dark. */
export const DARK = 'inverted';
/** What is missing in its elements for those who don't see them. */
export const MENDS = [['.dropdown-select:not([aria-label])', e => { e.ariaLabel = 'Content type'; }]];

const FONT = { fontFamily: 'system-ui, sans-serif' };

export function show(element) {
  stayHere();
  const header = document.querySelector('header');
  window.Redoc.init(
    '/openapi.json',
    {
      scrollYOffset: () => (getComputedStyle(header).position === 'sticky' ? header.offsetHeight : 0),
      theme: {
        typography: { ...FONT, headings: FONT, code: { color: '#a61b1b' } },
        colors: { success: { main: '#0f5a2a' }, error: { main: '#a61b1b' } },
        codeBlock: { backgroundColor: '#fff' },
        rightPanel: { backgroundColor: '#eef1f5', textColor: '#17202c' },
      },
    },
    element
  );
}

/** Redoc's own logo lies elsewhere, and no option leaves it out: the page works offline, so ours stands there. */
function stayHere() {
  const src = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', {
    ...src,
    set(address) {
      src.set.call(this, new URL(address, location.href).origin === location.origin ? address : '/favicon.svg');
    },
  });
}
