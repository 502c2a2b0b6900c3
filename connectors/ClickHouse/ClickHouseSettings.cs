using System.Text;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Where the history is kept and for how long.</summary>
public sealed record ClickHouseSettings
{
    public const string PasswordVariable = "STREAMDEPLOY_CLICKHOUSE_PASSWORD";

    /// <summary>Of the HTTP interface, such as http://localhost:8123.</summary>
    public required string Url { get; init; }

    public string Database { get; init; } = "streamdeploy";
    public string User { get; init; } = "default";

    /// <summary>From the environment unless given, so that it need not stand on a command line.</summary>
    public string Password { get; init; } = Environment.GetEnvironmentVariable(PasswordVariable) ?? "";

    /// <summary>Rows older than this are deleted, by event time; null keeps them for good.</summary>
    public int? KeepDays { get; init; }

    /// <summary>The cluster, as ClickHouse's own configuration names it, on which the tables are created with replicated engines; null: one node.</summary>
    public string? Cluster { get; init; }

    /// <summary>What a statement that changes tables has after their name; empty for one node.</summary>
    internal string OnCluster => Cluster is null ? "" : $" ON CLUSTER '{Cluster}'";

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Null when consistent, else names the setting.</summary>
    public string? Problem()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            return $"ClickHouse URL \"{Url}\": an absolute http or https URL is expected, such as http://localhost:8123";
        if (url.UserInfo.Length > 0)
            return $"ClickHouse URL: it holds a password; the user has a setting of its own, and the password the variable {PasswordVariable}";
        if (Database.Length == 0 || char.IsAsciiDigit(Database[0]) || !Database.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return $"ClickHouse database \"{Database}\": letters, digits and _ are expected";
        // In the views single letters stand for tables, and ClickHouse would take them for the database.
        if (Database.Length == 1)
            return $"ClickHouse database \"{Database}\": at least two letters are expected";
        if (Cluster is not null && (Cluster.Length == 0 || !Cluster.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')))
            return $"ClickHouse cluster \"{Cluster}\": letters, digits, _, - and . are expected";
        if (KeepDays is < 1)
            return $"ClickHouse KeepDays is {KeepDays}: at least 1 is expected, or nothing to keep rows for good";
        return RequestTimeout > TimeSpan.Zero ? null : "ClickHouse request timeout: it must be positive";
    }

    // A record prints all its properties: here one is a password.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"Url = {Url}, Database = {Database}, Cluster = {Cluster}, User = {User}, KeepDays = {KeepDays}, RequestTimeout = {RequestTimeout}");
        return true;
    }
}
