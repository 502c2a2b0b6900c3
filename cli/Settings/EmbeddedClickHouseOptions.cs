using System.Net;
using StreamDeploy.Connectors.Embedded;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>Where the embedded ClickHouse listens, keeps its data, and how much it may use.</summary>
internal static class EmbeddedClickHouseOptions
{
    private static readonly Setting<IPEndPoint> Listen = new("listen", "Address of this machine's own, and port; port 0 takes a free one", "127.0.0.1:8123", static text => EndPointOf(text),
        "a loopback address and a port, such as 127.0.0.1:8123 or [::1]:8123 (there are no passwords, and SQL can read this machine's files)");
    private static readonly Setting<string> DataPath = Text("path", "Folder of the data, made if missing [default: streamdeploy/clickhouse in $XDG_DATA_HOME, else in ~/.local/share]");
    private static readonly Setting<int> MemoryMb = Integer("memory-mb", "Memory of the engine in MB; a query that needs more fails", "2048");
    private static readonly Setting<int> QueriesMax = Integer("queries", "Queries that run at once; some more wait", "8");
    private static readonly Setting<long> QueryLimitMs = DurationMs("query-limit", "Time a query may take", "1m");

    public static readonly Setting[] All = [Listen, DataPath, MemoryMb, QueriesMax, QueryLimitMs];

    public static EmbeddedClickHouseSettings Of(SettingsSource source)
    {
        var listen = Listen.Of(source)!;
        var settings = new EmbeddedClickHouseSettings
        {
            ListenAddress = listen.Address,
            Port = listen.Port,
            DataPath = DataPath.Of(source) ?? DefaultPath(),
            MemoryBytesMax = (long)MemoryMb.Of(source) << 20,
            QueriesMax = QueriesMax.Of(source),
            QueryTimeLimit = TimeSpan.FromMilliseconds(QueryLimitMs.Of(source)),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    private static string DefaultPath() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? Path.Combine(data, "streamdeploy", "clickhouse")
            : throw new SettingException("--path must say where the data goes: this user has no home folder.");

    private static IPEndPoint EndPointOf(string text)
    {
        string address = text.StartsWith("http://", StringComparison.Ordinal) ? text["http://".Length..].TrimEnd('/') : text;
        if (address.StartsWith("localhost:", StringComparison.Ordinal)) address = "127.0.0.1" + address["localhost".Length..];
        // Without a port, and with a bare number, an IPEndPoint is read all the same.
        return address.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(address, out var endPoint) && endPoint.ToString() == address && IPAddress.IsLoopback(endPoint.Address)
            ? endPoint
            : throw new FormatException();
    }
}
