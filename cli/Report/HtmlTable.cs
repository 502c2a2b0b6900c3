namespace StreamDeploy.Cli.Report;

/// <summary>A table of the page: on a narrow screen each row becomes a block, its cells named by their columns.</summary>
internal sealed class HtmlTable(params string[] columns)
{
    /// <summary>A column whose name ends with this holds numbers.</summary>
    public const char Numeric = '#';

    private readonly List<Html> _rows = [];

    public void Add(params Html[] cells) => _rows.Add(Html.Of($"<tr>{Html.Join(cells.Select(Cell))}</tr>\n"));

    public Html ToHtml() => Html.Of($"""
        <table>
        <thead><tr>{Html.Join(columns.Select((_, i) => Html.Of($"<th scope=\"col\"{Style(i)}>{Name(i)}</th>")))}</tr></thead>
        <tbody>
        {Html.Join(_rows)}</tbody>
        </table>
        """);

    private Html Cell(Html cell, int column) => Html.Of($"<td data-column=\"{Name(column)}\"{Style(column)}><span>{cell}</span></td>");

    private string Name(int column) => columns[column].TrimEnd(Numeric);

    private Html Style(int column) => columns[column].EndsWith(Numeric) ? new Html(" class=\"number\"") : Html.None;
}
