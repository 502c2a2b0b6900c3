// What a page does in the browser: local times, news without moving what is read, and the picture. Without it the pages are whole, only still.
(() => {
    const $ = (selector, root = document) => root.querySelector(selector);
    const all = (selector, root = document) => root.querySelectorAll(selector);
    document.documentElement.classList.add('scripted');

    // Times: the server writes UTC, the reader sees their own.
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
    const minute = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
    const day = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short'});
    const offset = new Intl.DateTimeFormat('en', {timeZoneName: 'longOffset'});
    const age = ms => {
        const seconds = Math.round((Date.now() - ms) / 1000), past = Math.abs(seconds);
        const [count, unit] = past < 90 ? [past, 's'] : past < 5400 ? [Math.round(past / 60), 'min'] : past < 129600 ? [Math.round(past / 3600), 'h'] : [Math.round(past / 86400), 'd'];
        return seconds < -1 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
    };
    const show = root => {
        for (const time of all('time.moment', root)) {
            const at = new Date(time.dateTime), isToday = at.toDateString() === new Date().toDateString();
            time.textContent = time.dataset.show === 'age' ? age(+at) : (time.dataset.show === 'date' || !isToday ? day.format(at) + ' ' : '') + clock.format(at);
        }
        for (const tick of all('[data-tick]', root)) {
            const at = new Date(+tick.dataset.tick);
            tick.textContent = 'day' in tick.dataset || at.getHours() + at.getMinutes() === 0 ? day.format(at) : minute.format(at);
        }
    };
    const name = $('[data-zone]');
    if (name) name.textContent = `in ${zone} (${offset.formatToParts(new Date()).find(part => part.type === 'timeZoneName').value})`;
    setInterval(() => { for (const time of all('time[data-show=age]')) time.textContent = age(+new Date(time.dateTime)); }, 15000);
    // Where there is no room for the whole picture, the latest is what counts.
    const end = () => { for (const scroll of all('.timeline-scroll')) scroll.scrollLeft = scroll.scrollWidth; };
    show(document);
    end();
    document.addEventListener('htmx:after:swap', end);
    document.addEventListener('htmx:after:swap', () => show(document));

    // A filter applies when it is chosen; what is empty does not stand in the address.
    const tidy = form => { for (const field of form.elements) if (field.name && !field.value) field.disabled = true; };
    for (const form of all('[data-filter]')) {
        form.addEventListener('change', event => {
            if (event.target.name === 'since') for (const end of all('[name=from],[name=to]', form)) end.value = '';
            form.requestSubmit();
        });
        form.addEventListener('submit', () => tidy(form));
    }
    addEventListener('pageshow', () => { for (const field of all('[data-filter] :disabled')) field.disabled = false; });

    // News: a row that is there is replaced where it stands; a new one waits behind a button while the list is being read.
    for (const list of all('[data-live]')) {
        const rows = $('[data-rows]', list), button = $('[data-arrived]', list), connection = $('[data-connection]', list), said = $('#said');
        const max = 500;
        let waiting = [], unseen = 0, stale = false;
        const isRead = () => scrollY > list.offsetTop || list.matches(':hover') || list.contains(document.activeElement) || !getSelection().isCollapsed;
        const place = row => {
            row.classList.add('fresh');
            const before = [...rows.children].find(other => +other.dataset.ms <= +row.dataset.ms);
            rows.insertBefore(row, before ?? null);
            htmx.process(row);
            while (rows.children.length > max) rows.lastElementChild.remove();
        };
        const offer = () => {
            const count = waiting.length + unseen;
            button.hidden = !count && !stale;
            button.textContent = stale ? 'Much has happened: load the page anew' : count === 1 ? '1 new' : `${count} new`;
        };
        const release = () => {
            if (stale || unseen) { location.reload(); return; }
            for (const row of waiting.splice(0)) place(row);
            $('[data-empty]', list)?.remove();
            offer();
        };
        button.addEventListener('click', () => { release(); rows.firstElementChild?.querySelector('a')?.focus(); });
        list.addEventListener('rows', event => {
            const fresh = document.createElement('template');
            fresh.innerHTML = event.detail.data;
            show(fresh.content);
            let news = 0;
            for (const row of [...fresh.content.children]) {
                const there = document.getElementById(row.id);
                const focused = there?.contains(document.activeElement) && document.activeElement.getAttribute('href');
                if (there) {
                    there.replaceWith(row);
                    if (focused) row.querySelector(`a[href="${CSS.escape(focused)}"], a`)?.focus();
                } else {
                    waiting = waiting.filter(other => other.id !== row.id);
                    waiting.push(row);
                    news++;
                }
            }
            if (news && said) said.textContent = `${news} new`;
            if (waiting.length > max) { unseen += waiting.length - max; waiting = waiting.slice(-max); }
            if (isRead()) offer(); else release();
            redraw();
        });
        list.addEventListener('more', event => { unseen += +event.detail.data; offer(); redraw(); });
        list.addEventListener('stale', () => { stale = true; if (isRead()) offer(); else release(); });
        const connected = is => {
            connection.hidden = false;
            connection.classList.toggle('lost', !is);
            connection.textContent = is ? 'live' : 'connection lost, trying again';
        };
        list.addEventListener('htmx:sse:after:connection', event => connected(event.detail.connection.status < 400));
        list.addEventListener('htmx:sse:error', () => connected(false));
    }

    // The picture follows, but not with every event.
    let due = 0;
    const redraw = () => {
        if (due) return;
        due = setTimeout(() => {
            due = 0;
            const picture = $('#picture');
            if (picture && !picture.contains(document.activeElement) && !picture.matches(':hover')) htmx.trigger(picture, 'refresh');
        }, 4000);
    };

    // What a mark is, at once; the browser's own hint takes a second and never comes by keyboard.
    const tip = document.body.appendChild(Object.assign(document.createElement('div'), {className: 'tip', hidden: true}));
    const tell = event => {
        const mark = event.target.closest?.('svg a, svg [data-tip], svg .cell');
        const text = mark && (mark.getAttribute('aria-label') ?? mark.querySelector('title')?.textContent);
        tip.hidden = !text;
        if (!text) return;
        tip.textContent = text;
        const box = mark.getBoundingClientRect();
        tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
        tip.style.top = `${box.top > tip.offsetHeight + 12 ? box.top - tip.offsetHeight - 8 : box.bottom + 8}px`;
    };
    for (const kind of ['mouseover', 'focusin', 'mouseout', 'focusout']) document.addEventListener(kind, tell);
    document.addEventListener('keydown', event => { if (event.key === 'Escape') tip.hidden = true; });

    // Dragging over the picture looks closer.
    document.addEventListener('pointerdown', event => {
        const svg = event.target.closest?.('svg.timeline');
        if (!svg || event.button || event.target.closest('a')) return;
        const brush = $('[data-brush]', svg), left = +svg.dataset.left, width = svg.viewBox.baseVal.width;
        const x = e => Math.max(left, Math.min(width, new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse()).x));
        const begin = x(event);
        let end = begin;
        const move = e => {
            end = x(e);
            brush.setAttribute('x', Math.min(begin, end));
            brush.setAttribute('width', Math.abs(end - begin));
            brush.setAttribute('visibility', 'visible');
        };
        const stop = e => {
            removeEventListener('pointermove', move);
            removeEventListener('pointerup', stop);
            removeEventListener('pointercancel', stop);
            brush.setAttribute('visibility', 'hidden');
            if (e.type === 'pointercancel' || Math.abs(end - begin) < 6) return;
            const from = +svg.dataset.from, span = +svg.dataset.to - from;
            const time = place => new Date(from + span * (place - left) / (width - left)).toISOString().replace(/\.\d+Z/, 'Z');
            const address = new URL(location);
            address.searchParams.delete('since');
            address.searchParams.delete('before');
            address.searchParams.set('from', time(Math.min(begin, end)));
            address.searchParams.set('to', time(Math.max(begin, end)));
            location.assign(address);
        };
        addEventListener('pointermove', move);
        addEventListener('pointerup', stop);
        addEventListener('pointercancel', stop);
    });

    // What is to be pasted elsewhere.
    document.addEventListener('click', async event => {
        const button = event.target.closest?.('[data-copy]');
        if (!button) return;
        const source = $(button.dataset.copy);
        // Plain http has no clipboard: then it is marked, to be copied by hand.
        if (!navigator.clipboard) { getSelection().selectAllChildren(source); return; }
        await navigator.clipboard.writeText(source.textContent);
        const words = button.textContent;
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = words; }, 2000);
    });
})();
