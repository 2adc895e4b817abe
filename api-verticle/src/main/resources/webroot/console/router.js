// The address after `#` says what is shown, so that reload, back and bookmarks work.

export function route(hash = location.hash) {
  const [view, id, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  if (view === 'scenarios' && id && !rest.length) {
    return { view: 'scenario', id };
  }
  if (view === 'cluster' && !id) {
    return { view: 'cluster' };
  }
  return { view: view === '' || (view === 'scenarios' && !id) ? 'scenarios' : 'unknown' };
}

export const linkTo = (view, id) => (id == null ? `#/${view}` : `#/${view}/${encodeURIComponent(id)}`);

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
