// The page of health looks anew by itself, but not where nobody sees it; and says so where it cannot.
(() => {
    const part = document.querySelector('[data-refresh]'), stale = document.querySelector('[data-stale]');
    if (!part) return;
    let fresh = Date.now();
    const refresh = () => {
        if (document.hidden) return;
        stale.hidden = Date.now() - fresh < 35000;
        htmx.trigger(part, 'refresh');
    };
    part.addEventListener('htmx:after:swap', event => {
        if (!event.detail.ctx.response?.raw?.ok) return;
        fresh = Date.now();
        stale.hidden = true;
    });
    document.addEventListener('visibilitychange', () => {
        fresh = Date.now();
        refresh();
    });
    setInterval(refresh, 10000);
})();
