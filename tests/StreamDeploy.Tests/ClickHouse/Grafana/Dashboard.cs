using System.Text.Json;
using System.Text.RegularExpressions;

namespace StreamDeploy.Tests.ClickHouse.Grafana;

/// <summary>A dashboard's file, as far as its tests ask.</summary>
internal sealed partial record Dashboard(string Name, string Uid, string Title, IReadOnlyList<DashboardVariable> Variables, IReadOnlyList<DashboardPanel> Panels)
{
    public static string Folder { get; } = Repository.Path("docker", "grafana", "dashboards");

    public static Dashboard Read(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name + ".json")));
        JsonElement root = json.RootElement;
        return new(name, Text(root, "uid"), Text(root, "title"),
            [.. root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(v => new DashboardVariable(Text(v, "name"), Text(v, "query"), v.GetProperty("includeAll").GetBoolean(), DataSource(v)))],
            [.. root.GetProperty("panels").EnumerateArray().Select(ReadPanel)]);
    }

    private static DashboardPanel ReadPanel(JsonElement panel)
    {
        JsonElement place = panel.GetProperty("gridPos"), fields = panel.GetProperty("fieldConfig"), target = panel.GetProperty("targets")[0];
        int Number(string name) => place.GetProperty(name).GetInt32();
        var named = fields.GetProperty("overrides").EnumerateArray().Select(o => Text(o.GetProperty("matcher"), "options"))
            .Concat(LinkedField().Matches(fields.GetRawText()).Select(match => match.Groups[1].Value));
        if (panel.GetProperty("options").TryGetProperty("xField", out JsonElement x)) named = named.Append(x.GetString()!);
        string? unit = fields.GetProperty("defaults").TryGetProperty("unit", out JsonElement u) ? u.GetString() : null;
        return new(panel.GetProperty("id").GetInt32(), Text(panel, "type"), Text(panel, "title"), Text(panel, "description"), DataSource(panel), DataSource(target), unit,
            Number("x"), Number("y"), Number("w"), Number("h"), Text(target, "rawSql"), Text(target, "queryType"), [.. named.Distinct()]);
    }

    private static string DataSource(JsonElement of) => Text(of.GetProperty("datasource"), "type") + "/" + Text(of.GetProperty("datasource"), "uid");

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    [GeneratedRegex("""__data\.fields\[(?:\\u0022|\\")([^\\]+)""")]
    private static partial Regex LinkedField();
}

internal sealed record DashboardVariable(string Name, string Query, bool IncludeAll, string DataSource);

/// <param name="Fields">The columns that its units and links name.</param>
internal sealed record DashboardPanel(int Id, string Type, string Title, string Description, string DataSource, string TargetDataSource, string? Unit, int X, int Y, int Width, int Height,
    string Sql, string QueryType, IReadOnlyList<string> Fields)
{
    public bool Overlaps(DashboardPanel other) => X < other.X + other.Width && other.X < X + Width && Y < other.Y + other.Height && other.Y < Y + Height;
}
