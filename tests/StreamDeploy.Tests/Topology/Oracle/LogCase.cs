using System.Globalization;
using System.Text;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Topology.Oracle;

/// <summary>A log with its tables and settings; what a law is tried on. Its seed builds it again.</summary>
public sealed record LogCase(int Seed, OracleSettings Settings, IReadOnlyList<TableRecord> Tables, IReadOnlyList<LogRecord> Log)
{
    /// <summary>Smaller cases, the boldest first: what FsCheck shrinks a failure with.</summary>
    public IEnumerable<LogCase> Smaller()
    {
        for (int length = Math.Max(Log.Count, Tables.Count); length >= 1; length /= 2)
        {
            for (int from = 0; from < Log.Count; from += length)
                yield return this with { Log = Without(Log, from, length) };
            for (int from = 0; from < Tables.Count; from += length)
                yield return this with { Tables = Without(Tables, from, length) };
        }
        for (int i = 0; i < Log.Count; i++)
        {
            foreach (LogRecord plainer in Plainer(Log[i]))
                yield return this with { Log = [.. Log.Take(i), plainer, .. Log.Skip(i + 1)] };
        }
    }

    /// <summary>The seed, then every record on a line of its own, times from noon.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{LawSettings.SeedVariable}={Seed}").AppendLine(Settings.ToString());
        foreach (TableRecord r in Tables)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {r.Table} {r.AccountId}/{r.Id} from {At(r.TimeMs)} offset {r.Offset}: {Describe(r.Entity)}");
        for (int i = 0; i < Log.Count; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {i,2} {Describe(Log[i])}, kafka {At(Log[i].KafkaTimestampMs)}");
        return text.ToString();
    }

    private static T[] Without<T>(IReadOnlyList<T> list, int from, int length) => [.. list.Take(from), .. list.Skip(from + length)];

    private static IEnumerable<LogRecord> Plainer(LogRecord record)
    {
        if (record.Deployment is { } d)
        {
            Deployment[] plainer =
            [
                d with { StartedAtMs = null }, d with { FinishedAtMs = null }, d with { Service = null }, d with { Environment = null },
                d with { Repository = null, Commit = null }, d with { Commit = null }, d with { Version = null }, d with { Links = [] },
                d with { Summary = "" }, d with { Kind = DeploymentKind.OTHER }, d with { Status = DeploymentStatus.UNKNOWN },
            ];
            return plainer.Where(p => p != d && !(p.Links.Length == 0 && d.Links.Length == 0 && p with { Links = d.Links } == d))
                .Select(p => record with { Deployment = p });
        }
        Alert a = record.Alert!;
        Alert[] alerts =
        [
            a with { Service = null }, a with { Environment = null }, a with { AlertSourceId = null }, a with { EscalationPolicyId = null },
            a with { Summary = "" },
        ];
        return alerts.Where(p => p != a).Concat(a.TeamIds.Length > 0 ? [a with { TeamIds = [] }] : []).Select(p => record with { Alert = p });
    }

    private static string Describe(LogRecord record)
    {
        if (record.Deployment is { } d)
        {
            return $"deployment {d.AccountId} {d.PipelineId}/{d.DeploymentId} event {d.EventId} at {At(d.OccurredAtMs)} {d.Kind} {d.Status}"
                + Optional("started", At(d.StartedAtMs)) + Optional("finished", At(d.FinishedAtMs)) + Optional("service", d.Service)
                + Optional("environment", d.Environment) + Optional("repository", d.Repository) + Optional("commit", d.Commit)
                + Optional("version", d.Version) + Optional("link", d.Links.FirstOrDefault()?.Href) + Optional("summary", d.Summary);
        }
        Alert a = record.Alert!;
        return $"alert {a.AccountId} {a.AlertId}@{At(a.OccurredAtMs)} event {a.EventId} at {At(a.UpdatedAtMs)}"
            + Optional("source", a.AlertSourceId?.ToString(CultureInfo.InvariantCulture))
            + Optional("policy", a.EscalationPolicyId?.ToString(CultureInfo.InvariantCulture))
            + (a.TeamIds.Length > 0 ? $" teams [{string.Join(',', a.TeamIds)}]" : "")
            + Optional("service", a.Service) + Optional("environment", a.Environment) + Optional("summary", a.Summary);
    }

    private static string Describe(object? entity) => entity switch
    {
        null => "deleted",
        DeploymentPipeline p => $"'{p.Name}' teams [{string.Join(',', p.TeamIds)}]{(p.Shared ? " shared" : "")}{Optional("before", p.BeforeMs?.ToString(CultureInfo.InvariantCulture))}",
        AlertSource s => $"teams [{string.Join(',', s.TeamIds)}]{Optional("policy", s.EscalationPolicyId?.ToString(CultureInfo.InvariantCulture))}",
        EscalationPolicy p => $"teams [{string.Join(',', p.TeamIds)}]",
        Account a => $"before {a.BeforeMs?.ToString(CultureInfo.InvariantCulture) ?? "null"}",
        _ => entity.ToString()!,
    };

    private static string Optional(string name, string? value) => value is null ? "" : $" {name} '{value}'";

    private static string? At(long? timeMs)
    {
        if (timeMs is not { } time)
            return null;
        if (time is < 0 or > 10 * Some.Noon)
            return time.ToString(CultureInfo.InvariantCulture);
        var span = TimeSpan.FromMilliseconds(time - Some.Noon);
        return (span < TimeSpan.Zero ? "-" : "+") + span.ToString(@"d\.hh\:mm\:ss\.fff", CultureInfo.InvariantCulture);
    }
}
