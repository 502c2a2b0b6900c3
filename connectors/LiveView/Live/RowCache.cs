using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;

namespace StreamDeploy.Connectors.LiveView.Live;

/// <summary>Rows of a list as HTML, made once for all browsers. They go with what they are of.</summary>
/// <typeparam name="TRow">A row: equal ones look the same.</typeparam>
/// <typeparam name="TItem">The component that shows it.</typeparam>
/// <param name="pages">Makes the HTML.</param>
/// <param name="subjectOf">What the row is of: as long as that is held somewhere, so is the HTML.</param>
internal sealed class RowCache<TRow, TItem>(PageWriter pages, Func<TRow, object> subjectOf)
    where TRow : class, IEquatable<TRow>
    where TItem : IComponent
{
    private readonly ConditionalWeakTable<object, Made> _rows = [];

    public async Task<string> HtmlOf(TRow row)
    {
        if (_rows.TryGetValue(subjectOf(row), out var made) && made.Row.Equals(row))
            return made.Html;
        var html = await pages.RenderAsync<TItem>(row);
        _rows.AddOrUpdate(subjectOf(row), new(row, html));
        return html;
    }

    /// <summary>What is sent to a browser about rows that changed.</summary>
    /// <param name="changed">The newest first.</param>
    public async Task<LiveRows> NewsOf(IReadOnlyCollection<TRow> changed)
    {
        var rows = new List<string>();
        foreach (var row in changed.Take(Broadcast.RowsMax).Reverse())
            rows.Add(await HtmlOf(row));
        return new(rows, changed.Count);
    }

    private sealed record Made(TRow Row, string Html);
}
