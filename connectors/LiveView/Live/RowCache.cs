using System.Runtime.CompilerServices;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Deployments;
using StreamDeploy.Connectors.LiveView.Pages;

namespace StreamDeploy.Connectors.LiveView.Live;

/// <summary>Rows of the list as HTML, made once for all browsers. They go with the changes they are of.</summary>
internal sealed class RowCache(PageWriter pages)
{
    private readonly ConditionalWeakTable<Change, Made> _rows = [];

    public async Task<string> HtmlOf(ChangeRow row)
    {
        if (_rows.TryGetValue(row.Change, out var made) && ReferenceEquals(made.Row.Entries, row.Entries) && made.Row.Suspicions.SequenceEqual(row.Suspicions))
            return made.Html;
        var html = await pages.RenderAsync<ChangeItem>(row);
        _rows.AddOrUpdate(row.Change, new(row, html));
        return html;
    }

    private sealed record Made(ChangeRow Row, string Html);
}
