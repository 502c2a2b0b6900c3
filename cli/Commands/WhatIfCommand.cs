using System.CommandLine;
using Microsoft.Extensions.Logging;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Cli.WhatIf;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>replay --set</c>: what would have been answered under other settings, beside what was.</summary>
internal static class WhatIfCommand
{
    private const long DayMs = 24 * 3_600_000L;
    private const string DefaultFrom = "24h";
    private const int DefaultLimit = 20;
    private const double DefaultPoints = 5;

    private static readonly Option<string[]> Set = new("--set") { Description = "What is supposed, such as before=30m. May be repeated", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> From = new("--from") { Description = $"Alerts raised since then count: a time (ISO 8601), or how long ago [default: {DefaultFrom}]", HelpName = "TIME|AGE" };
    private static readonly Option<string?> To = new("--to") { Description = "Alerts raised until then count [default: now]", HelpName = "TIME|AGE" };
    private static readonly Option<string?> Source = new("--source") { Description = "Where events and answers are read: topics or clickhouse [default: topics]", HelpName = "topics|clickhouse" };
    private static readonly Option<string?> Account = new("--account") { Description = "One account's alerts only", HelpName = "ID" };
    private static readonly Option<string?> CatalogFile = new("--catalog") { Description = "With --source clickhouse: the tables from this catalog file, instead of from Kafka", HelpName = "FILE" };
    private static readonly Option<double?> Moved = new("--moved") { Description = $"From how many points (of 100) on a probability counts as moved [default: {DefaultPoints}]", HelpName = "POINTS" };
    private static readonly Option<int?> Limit = new("--limit") { Description = $"How many alerts are listed [default: {DefaultLimit}]", HelpName = "COUNT" };
    private static readonly Option<bool> Json = new("--json") { Description = "A line of JSON on stdout for each alert with a difference, and one with the counts at the end" };

    public static readonly Option[] Options = [Set, From, To, Source, Account, CatalogFile, Moved, Limit, Json, KafkaOptions.Property];

    public static async Task<int> RunAsync(ParseResult flags, SettingsSource source, CancellationToken cancellationToken)
    {
        if (flags.GetValue(Set) is null or [] && flags.GetValue(From) is null)
            throw new SettingException("give a FILE of records, or --set NAME=VALUE to see what it would have changed, or --from alone to see whether the recorded answers come out again.");
        var supposition = Supposition.Parse(flags.GetValue(Set) ?? []);
        var (present, supposed) = (JoinOptions.Of(source), supposition.Of(source));
        var question = QuestionOf(flags, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        if (flags.GetValue(Limit) is < 0 or > 1000) throw new SettingException("--limit must be between 0 and 1000.");
        var fromClickHouse = (flags.GetValue(Source) ?? "topics") switch
        {
            "topics" => false,
            "clickhouse" => true,
            var other => throw new SettingException($"--source is \"{other}\", but must be topics or clickhouse."),
        };
        var catalog = flags.GetValue(CatalogFile) is { } file ? LoadCatalog(file, fromClickHouse) : null;
        // The report is what is asked for: of the clients only what goes wrong is of interest.
        using var logs = LogOptions.Of(source, LogLevel.Warning);
        if (catalog is null) await WarnOfOldTablesAsync(present, question.FromMs).ConfigureAwait(false);
        return await Task.Run(async () =>
        {
            var tables = new WhatIfTables(supposition, question.AccountId);
            if (catalog is not null) tables.Apply(catalog);
            using var log = catalog is null ? RetainedLog.Open(KafkaOptions.Of(source, flags, "streamdeploy-replay"), logs) : null;
            using var history = fromClickHouse ? new RecordedHistory(ClickHouseOptions.Of(source), log?.Pairs) : null;
            IPast past = history is null ? new TopicsPast(log!) : new ClickHousePast(history);
            log?.ReadTables(tables.Apply, cancellationToken);
            tables.CheckPipelines();
            var replay = new WhatIfReplay(past, (present, tables.Present), supposition.IsEmpty ? null : (supposed, tables.Supposed), question);
            var report = new WhatIfReport(question, supposition, past.Name, flags.GetValue(Limit) ?? DefaultLimit);
            await (flags.GetValue(Json) ? PrintLinesAsync() : PrintReportAsync()).ConfigureAwait(false);
            if (replay.Tally.Alerts == 0 && tables.UnknownAccount is { } unknown) await Console.Error.WriteLineAsync("streamdeploy: " + unknown).ConfigureAwait(false);
            return supposition.IsEmpty && replay.Tally.Changed > 0 ? ExitCodes.Different : ExitCodes.Done;

            async Task PrintLinesAsync()
            {
                await using var output = new BufferedStream(StandardOutput.Open(), 1 << 16);
                var lines = new WhatIfLines(output);
                await replay.RunAsync(lines.Add, cancellationToken).ConfigureAwait(false);
                lines.End(question, supposition, replay.Tally, report.Sentence(replay.Tally));
                await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            async Task PrintReportAsync()
            {
                await replay.RunAsync(report.Add, cancellationToken).ConfigureAwait(false);
                report.Print(Terminal.On(Console.Out, Console.IsOutputRedirected, fileWidth: 4096), replay.Tally, [.. tables.Replaced]);
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private static WhatIfQuestion QuestionOf(ParseResult flags, long nowMs)
    {
        var fromMs = TimeOf("--from", flags.GetValue(From) ?? DefaultFrom, nowMs);
        var toMs = flags.GetValue(To) is { } to ? TimeOf("--to", to, nowMs) : long.MaxValue;
        if (fromMs > toMs) throw new SettingException($"--from ({WhatIfWords.Time(fromMs)}) is after --to ({WhatIfWords.Time(toMs)}).");
        var points = flags.GetValue(Moved) ?? DefaultPoints;
        if (points is not (>= 0 and <= 100)) throw new SettingException("--moved must be between 0 and 100.");
        return new WhatIfQuestion(flags.GetValue(Account), fromMs, toMs, points / 100);
    }

    private static long TimeOf(string flag, string text, long nowMs)
    {
        if (Durations.TryParse(text, out var ageMs) && ageMs >= 0 && ageMs < nowMs) return nowMs - ageMs;
        return EventTime.TryParse(text, out var timeMs) && timeMs >= 0
            ? timeMs
            : throw new SettingException($"{flag} is \"{text}\", but must be a time such as 2026-11-01T00:00Z, or an age such as 30m, 24h or 7d.");
    }

    private static Catalog LoadCatalog(string file, bool fromClickHouse) => fromClickHouse
        ? Catalog.Load(file)
        : throw new SettingException("--catalog is for --source clickhouse: with the topics, the tables come from theirs.");

    private static async Task WarnOfOldTablesAsync(JoinSettings join, long fromMs)
    {
        var keptMs = join.SettleMs + join.GraceMs + DayMs;
        if (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - fromMs <= keptMs) return;
        var kept = $"streamdeploy: entries of the tables that were replaced more than {Sentences.Duration(keptMs)} ago may be gone from their topics; ";
        await Console.Error.WriteLineAsync(kept + "older alerts are then answered without them.").ConfigureAwait(false);
    }
}
