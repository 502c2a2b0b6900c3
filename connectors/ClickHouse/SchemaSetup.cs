using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.ClickHouse;

/// <summary>Creates the history's tables and views, and brings older ones up to date.</summary>
/// <remarks>
/// The numbered files of Sql/ run in order, each once; the table schema_migrations says which ran. Every statement in them can be run twice, so a
/// run that breaks off, or two at the same time, do no harm. A file that ran is never changed: a change is a new file. The files are written for one
/// node; for a cluster the same statements run ON CLUSTER with replicated engines.
/// </remarks>
public sealed partial class SchemaSetup(ClickHouseSettings settings, ClickHouseHttp clickHouse)
{
    private const string MigrationsTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations
        (
            number UInt32 COMMENT 'Number of the SQL file',
            name String COMMENT 'Its name',
            checksum String COMMENT 'SHA-256 of it, in hex',
            applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it ran'
        )
        ENGINE = ReplacingMergeTree(applied_at) ORDER BY number
        COMMENT 'Which SQL files of StreamDeploy have run in this database.'
        """;

    /// <summary>The tables that grow, and the column that says how old a row is.</summary>
    internal static readonly IReadOnlyList<(string Table, string EventTime)> EventTables =
    [
        ("deployment_events", "occurred_at"), ("alert_events", "updated_at"), ("enrichment_revisions", "alert_occurred_at"), ("enrichment_suspects", "alert_occurred_at"),
        ("dead_letters", "arrived_at"), ("deployment_states", "day"), ("alert_states", "occurred_at"), ("enrichment_states", "alert_occurred_at"), ("activity_daily", "day"),
    ];

    /// <summary>Does what is missing and tells it, a line each; or with <paramref name="dryRun"/> only tells it. Nothing to do: no line.</summary>
    /// <exception cref="ClickHouseException">ClickHouse refuses.</exception>
    /// <exception cref="InvalidOperationException">A file that ran before is not what it was.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(bool dryRun, CancellationToken cancellation)
    {
        var steps = new List<string>();
        if (!await DatabaseExistsAsync(cancellation))
        {
            steps.Add($"create database {settings.Database}");
            if (!dryRun)
                await clickHouse.QueryOutsideAsync($"CREATE DATABASE IF NOT EXISTS {settings.Database}{settings.OnCluster}", cancellation);
        }
        if (!dryRun)
            await clickHouse.QueryAsync(ForCluster(MigrationsTable), cancellation);
        Dictionary<int, string> applied = await ReadAppliedAsync(cancellation);
        foreach (Migration migration in Migration.All)
        {
            if (applied.TryGetValue(migration.Number, out string? checksum))
                Check(migration, checksum);
            else
                await ApplyAsync(migration, dryRun, steps, cancellation);
        }
        await SetTimeToLiveAsync(dryRun, steps, cancellation);
        return steps;
    }

    /// <exception cref="ClickHouseException">ClickHouse refuses.</exception>
    public Task<bool> DatabaseExistsAsync(CancellationToken cancellation) =>
        ReadFlagAsync($"SELECT count() FROM system.databases WHERE name = '{settings.Database}'", cancellation);

    private async Task ApplyAsync(Migration migration, bool dryRun, List<string> steps, CancellationToken cancellation)
    {
        steps.Add($"run {migration.Name} ({migration.Statements.Count} statements)");
        if (dryRun)
            return;
        foreach (string statement in migration.Statements)
            await clickHouse.QueryAsync(ForCluster(statement), cancellation);
        await clickHouse.QueryAsync(string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO schema_migrations (number, name, checksum) VALUES ({migration.Number}, '{migration.Name}', '{migration.Checksum}')"), cancellation);
    }

    private static void Check(Migration migration, string checksum)
    {
        if (checksum != migration.Checksum)
            throw new InvalidOperationException($"{migration.Name} ran in this database as another file (checksum {checksum}): "
                + "the database was set up by another version, and its tables may differ");
    }

    private async Task<Dictionary<int, string>> ReadAppliedAsync(CancellationToken cancellation)
    {
        if (!await ReadFlagAsync($"SELECT count() FROM system.tables WHERE database = '{settings.Database}' AND name = 'schema_migrations'", cancellation))
            return [];
        string rows = await clickHouse.QueryAsync("SELECT number, checksum FROM schema_migrations FINAL FORMAT TSV", cancellation);
        return rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('\t'))
            .ToDictionary(row => int.Parse(row[0], CultureInfo.InvariantCulture), row => row[1]);
    }

    private async Task SetTimeToLiveAsync(bool dryRun, List<string> steps, CancellationToken cancellation)
    {
        foreach ((string table, string eventTime) in EventTables)
        {
            string engine = await clickHouse.QueryOutsideAsync(
                $"SELECT engine_full FROM system.tables WHERE database = '{settings.Database}' AND name = '{table}' FORMAT TSVRaw", cancellation);
            string? wanted = settings.KeepDays is { } days ? string.Create(CultureInfo.InvariantCulture, $"toDateTime({eventTime}) + toIntervalDay({days})") : null;
            bool has = engine.Contains(" TTL ", StringComparison.Ordinal);
            if (wanted is null ? !has : engine.Contains($" TTL {wanted} ", StringComparison.Ordinal))
                continue;
            steps.Add(wanted is null ? $"keep the rows of {table} for good" : $"keep the rows of {table} for {settings.KeepDays} days");
            if (!dryRun)
                await clickHouse.QueryAsync($"ALTER TABLE {table}{settings.OnCluster} {(wanted is null ? "REMOVE TTL" : "MODIFY TTL " + wanted)}", cancellation);
        }
    }

    /// <summary>A statement of the files as it is for <see cref="ClickHouseSettings.Cluster"/>.</summary>
    internal string ForCluster(string statement) => settings.Cluster is null ? statement
        : EngineName().Replace(CreatedName().Replace(statement, "$0" + settings.OnCluster, 1), "ENGINE = Replicated$1")
            .Replace("non_replicated_deduplication_window", "replicated_deduplication_window", StringComparison.Ordinal);

    [GeneratedRegex(@"^CREATE (TABLE IF NOT EXISTS|MATERIALIZED VIEW IF NOT EXISTS|OR REPLACE VIEW) \w+")]
    private static partial Regex CreatedName();

    [GeneratedRegex("ENGINE = ((Replacing|Aggregating)MergeTree)")]
    private static partial Regex EngineName();

    private async Task<bool> ReadFlagAsync(string sql, CancellationToken cancellation) => (await clickHouse.QueryOutsideAsync(sql, cancellation)).Trim() != "0";

    internal sealed record Migration(int Number, string Name, IReadOnlyList<string> Statements, string Checksum)
    {
        private const string Folder = "ClickHouse/";

        public static IReadOnlyList<Migration> All { get; } = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(Read)];

        private static Migration Read(string resource)
        {
            using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
            string text = reader.ReadToEnd().ReplaceLineEndings("\n"), name = resource[Folder.Length..];
            // In these files a semicolon at the end of a line ends a statement, and nothing else does.
            string[] statements = text.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            return new(int.Parse(name.AsSpan(0, name.IndexOf('_', StringComparison.Ordinal)), CultureInfo.InvariantCulture), name, statements, checksum);
        }
    }
}
