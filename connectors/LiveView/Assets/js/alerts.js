// One alert: what the reader opened stays open when its body comes anew.
(() => {
    htmx.config.morphIgnore.push('open');
    const live = document.getElementById('alert-live'), connection = document.getElementById('alert-connection');
    const connected = is => {
        connection.hidden = false;
        connection.classList.toggle('lost', !is);
        connection.textContent = is ? 'live' : 'connection lost, trying again';
    };
    live?.addEventListener('htmx:sse:after:connection', event => connected(event.detail.connection.status < 400));
    live?.addEventListener('htmx:sse:error', () => connected(false));
})();
