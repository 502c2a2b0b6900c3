// Copies a text to take elsewhere. Without a clipboard (plain http) it is marked, to be copied by hand.
(() => {
  const show = root => root.querySelectorAll('[data-copy]').forEach(button => { button.hidden = false; });
  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-copy]');
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    const said = document.getElementById('said');
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      button.dataset.copied = '';
      setTimeout(() => delete button.dataset.copied, 2000);
      if (said) said.textContent = 'Copied';
    } catch {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      if (said) said.textContent = 'Marked: copy it with the keyboard';
    }
  });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => show(document));
  else show(document);
  document.addEventListener('htmx:after:swap', () => show(document));
})();
