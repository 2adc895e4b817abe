// Fields for the options of a scenario, for one that is made and one that is changed.
import { html } from 'lit';
import { t } from '../i18n.js';

/**
 * @param options those it has
 * @param labels the classes its model knows, offered while one types
 */
export function optionFields(options, labels = []) {
  const shown = value => value ?? '';
  return html`
    <label>${t('option.fps')}
      <input name="fps" type="number" min="0" max="1000" step="any" .value=${String(shown(options.fps))}
        placeholder=${t('option.default')}></label>
    <label>${t('option.confidence')}
      <input name="confidence" type="number" min="0" max="1" step="any" .value=${String(shown(options.confidence))}
        placeholder=${t('option.default')}></label>
    <label class="wide">${t('option.classes')}
      <input name="classes" maxlength="4000" list="known-classes" .value=${(options.classes ?? []).join(', ')}
        placeholder=${t('option.classes.hint')}></label>
    <datalist id="known-classes">${labels.map(label => html`<option value=${label}></option>`)}</datalist>
    <label class="check"><input name="loop" type="checkbox" .checked=${options.loop === true}> ${t('option.loop')}</label>
    <label class="check"><input name="realtime" type="checkbox" .checked=${options.realtime === true}>
      ${t('option.realtime')}</label>`;
}

/**
 * What the fields say.
 *
 * @param whole whether empty fields are named too, as null: those get their defaults again
 */
export function readOptions(form, whole) {
  const fields = form.elements;
  const options = {};
  const put = (name, value) => {
    if (value !== null || whole) {
      options[name] = value;
    }
  };
  const number = name => (fields[name].value.trim() === '' ? null : Number(fields[name].value));
  const classes = fields.classes.value.split(',').map(name => name.trim()).filter(Boolean);
  put('fps', number('fps'));
  put('confidence', number('confidence'));
  put('classes', classes.length ? classes : null);
  put('loop', fields.loop.checked ? true : null);
  put('realtime', fields.realtime.checked ? true : null);
  return options;
}
