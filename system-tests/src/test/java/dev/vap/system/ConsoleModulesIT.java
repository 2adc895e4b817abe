package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Modules of the console by themselves, run where they belong. */
class ConsoleModulesIT {

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    @Test
    void bothLanguagesHaveTheSameTextsWithTheSameParameters() {
        Object different = page().evaluate("""
                async () => {
                  const [en, ru] = await Promise.all(['en', 'ru'].map(async l =>
                    (await import(`/console/i18n/${l}.js`)).default));
                  const holes = text => [...new Set(JSON.stringify(text).match(/\\{\\w+\\}/g) ?? [])].sort().join();
                  return [...new Set([...Object.keys(en), ...Object.keys(ru)])].filter(key =>
                    !(key in en) || !(key in ru) || holes(en[key]) !== holes(ru[key]));
                }""");
        assertThat(different).isEqualTo(List.of());
    }

    @Test
    void everyTextThatIsAskedForByNameIsThere() {
        Object missing = page().evaluate("""
                async () => {
                  const en = (await import('/console/i18n/en.js')).default;
                  const seen = performance.getEntriesByType('resource').map(e => e.name)
                    .filter(name => /\\/console\\/.*\\.js$/.test(name) && !name.includes('/i18n/'));
                  const sources = await Promise.all(seen.map(async name => (await fetch(name)).text()));
                  const keys = sources.flatMap(text => [...text.matchAll(/\\bt\\('([^']+)'/g)].map(m => m[1]));
                  return keys.length > 100 ? keys.filter(key => !(key in en)) : ['only ' + keys.length + ' found'];
                }""");
        assertThat(missing).isEqualTo(List.of());
    }

    @Test
    void russianHasItsFormsOfThePlural() {
        Object said = page().evaluate("""
                async () => {
                  const { setLanguage, t } = await import('/console/i18n.js');
                  setLanguage('ru');
                  return [1, 2, 5, 11, 21].map(count => t('bulk.chosen', { count }));
                }""");
        assertThat(said)
                .isEqualTo(List.of(
                        "Выбран 1 сценарий",
                        "Выбрано 2 сценария",
                        "Выбрано 5 сценариев",
                        "Выбрано 11 сценариев",
                        "Выбран 21 сценарий"));
    }

    @Test
    void picturesAreReadWholeHoweverTheStreamIsCut() {
        Object frames = page().evaluate("""
                async () => {
                  const { Buffer } = await import('/console/preview.js');
                  const bytes = [];
                  const text = s => bytes.push(...new TextEncoder().encode(s));
                  for (let frame = 1; frame <= 3; frame++) {
                    text(`--b\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: ${frame * 5}\\r\\nX-Frame-Number: ${frame}\\r\\n\\r\\n`);
                    for (let i = 0; i < frame * 5; i++) bytes.push(i % 2 ? 10 : 13);
                    text('\\r\\n');
                  }
                  const all = [];
                  for (const size of [1, 7, 64, bytes.length]) {
                    const buffer = new Buffer();
                    const found = [];
                    for (let i = 0; i < bytes.length; i += size) {
                      buffer.add(new Uint8Array(bytes.slice(i, i + size)));
                      for (let part = buffer.part(); part; part = buffer.part()) {
                        found.push(`${part.headers['x-frame-number']}:${part.body.length}`);
                      }
                    }
                    all.push(found.join(' '));
                  }
                  return all;
                }""");
        assertThat(frames).isEqualTo(List.of("1:5 2:10 3:15", "1:5 2:10 3:15", "1:5 2:10 3:15", "1:5 2:10 3:15"));
    }

    @Test
    void noBoxIsDrawnOverAnotherFrameThanItsOwn() {
        Object shown = page().evaluate("""
                async () => {
                  const { Pairing } = await import('/console/pairing.js');
                  const shown = [];
                  const dropped = [];
                  const pairing = new Pairing((p, r) => shown.push(`${p.frame}:${r ? r.frame_number : '-'}`), p => dropped.push(p.frame));
                  const pause = millis => new Promise(wake => setTimeout(wake, millis));
                  pairing.result({ frame_number: 1 });
                  pairing.picture({ frame: 1 });          // the result came first
                  pairing.picture({ frame: 2 });          // held
                  pairing.picture({ frame: 3 });          // held
                  pairing.result({ frame_number: 3 });    // overtakes the one before
                  pairing.result({ frame_number: 2 });    // too late: 3 is shown
                  pairing.picture({ frame: 4 });
                  await pause(450);                       // nobody said anything of it
                  pairing.result({ frame_number: 4 });    // late, but it is still shown
                  pairing.clear();
                  return [shown.join(' '), dropped.join(' ')];
                }""");
        assertThat(shown).isEqualTo(List.of("1:1 3:3 4:- 4:4", "2 1 3 4"));
    }

    @Test
    void framesThatAreNotKnownYetDoNotMakeACameraLookOld() {
        Object ages = page().evaluate("""
                async () => {
                  const { frameAge } = await import('/console/shown.js');
                  const camera = (state, frame_age_ms, reported_ms) =>
                    ({ status: 'active', source: { state, frame_age_ms, reported_ms } });
                  return [
                    frameAge(camera('streaming', 580, 500), 0),        // 80 ms when the runner reported
                    frameAge(camera('streaming', 580, 500), 1900),     // the next report is not fetched yet
                    frameAge(camera('streaming', 4580, 500), 1900),    // none came, says the runner
                    frameAge(camera('streaming', 580, 500), 5000),     // nothing is heard of it
                    frameAge(camera('backing_off', 580, 500), 1900),   // none comes
                    frameAge(camera('streaming', null, 500), 0),
                    frameAge({ ...camera('streaming', 580, 500), status: 'inactive' }, 0),
                    frameAge({ status: 'active', source: null }, 0),
                  ];
                }""");
        assertThat(ages).isEqualTo(Arrays.asList(80, 80, 4080, 5580, 2480, null, null, null));
    }

    private static Page page() {
        Page page = BROWSER.page(CLUSTER.address());
        page.waitForSelector("h1");
        return page;
    }
}
