using StreamDeploy.Connectors.ClickHouse;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where the history is kept.</summary>
internal static class ClickHouseOptions
{
    private static readonly Setting<string> Url = Text("clickhouse", "ClickHouse's HTTP interface", "http://localhost:8123");
    private static readonly Setting<string> Database = Text("clickhouse-database", "Database of the history", "streamdeploy");
    private static readonly Setting<string> User = Text("clickhouse-user", "User of ClickHouse", "default");
    private static readonly Setting<string> Password = Text("clickhouse-password", "Its password (better in the environment)");
    private static readonly Setting<string> Cluster = Text("clickhouse-cluster", "Cluster, as ClickHouse's configuration names it, on which the tables are created with replicated engines [default: one node]");
    private static readonly Setting<int> KeepDays = Integer("keep-days", "Days after which rows are deleted, by event time; 0 keeps them for good", "0");

    /// <summary>For whom only reads.</summary>
    public static readonly Setting[] Address = [Url, Database, User, Password];

    public static readonly Setting[] All = [.. Address, Cluster, KeepDays];

    public static ClickHouseSettings Of(SettingsSource source)
    {
        var settings = new ClickHouseSettings
        {
            Url = Url.Of(source)!,
            Database = Database.Of(source)!,
            User = User.Of(source)!,
            Password = Password.Of(source) ?? "",
            Cluster = Cluster.Of(source),
            KeepDays = KeepDays.Of(source) is not 0 and var days ? days : null,
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }
}
