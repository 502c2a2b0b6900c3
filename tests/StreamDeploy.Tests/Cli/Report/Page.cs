using System.Xml.Linq;

namespace StreamDeploy.Tests.Cli.Report;

/// <summary>A report's page as a reader sees it. It is well-formed XML too, so that what is markup and what is text is told by a parser.</summary>
internal sealed class Page(string html)
{
    private readonly XDocument _document = XDocument.Parse(html.Replace("<!doctype html>", "", StringComparison.Ordinal));

    public string Title => _document.Descendants("title").First().Value;

    public IEnumerable<XElement> Elements(string name) => _document.Descendants(name);

    public IEnumerable<string> Attributes(string name) => _document.Descendants().Attributes(name).Select(attribute => attribute.Value);

    public IEnumerable<string> AttributeNames => _document.Descendants().Attributes().Select(attribute => attribute.Name.LocalName).Distinct();

    public IEnumerable<string> Sections => Elements("h2").Select(heading => heading.Value);

    public string Text => _document.Root!.Element("body")!.Value;

    /// <summary>Cells by row of the table in the section.</summary>
    public string[][] Table(string section) => [.. Section(section).Descendants("tbody").Single().Elements("tr").Select(row => row.Elements("td").Select(cell => cell.Value).ToArray())];

    public XElement Section(string title) => Elements("section").Single(section => section.Element("h2")!.Value == title);

    /// <summary>Name, this week's figure and the figure of the week before.</summary>
    public (string, string, string)[] Figures => [.. Section("DORA").Descendants("div").Select(tile => (tile.Element("dt")!.Value, tile.Elements("dd").First().Value, tile.Elements("dd").ElementAt(1).Value))];
}
