using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>replay FILE</c>: the answers that production would have given, with no broker at all. <c>replay --set</c>: what other ones it would have given.</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string?> File = new("FILE") { Description = "JSON lines, or - for standard input", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> Last = new("--last") { Description = "Of a FILE: only the last answer of each raising of an alert" };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("replay", "Prints the answers that production would have given to a file of records, or what other settings would have changed.", """
            replay FILE: answers a file of records, with no broker. Enrichments come out as JSON, one object a line, in order of emission.

            Each line of FILE is an object with one of the keys deployment, alert, pipeline, alertSource, escalationPolicy, team or account, holding
            the fields of its schema: times in epoch milliseconds or ISO 8601, optional fields may be absent, "deleted": true deletes a table's entry.
            Beside it, "at" is the Kafka timestamp in epoch milliseconds; absent, it is the event's own time, and an entry of a table holds always.
            The file is one partition: events are applied in its order, after all tables. At its end time runs out, so every alert settles.
            Lines that cannot be read, and records that production would put among the dead letters, are named on stderr and passed over.

            replay --set NAME=VALUE: answers the alerts of the last hours twice, as things are and as they would be, and says what changes, and what of it
            differs from the recorded answers. Commits and changes nothing. Without --set it says where the records give another answer than the recorded
            one, with exit code 4 if there is any.
              streamdeploy replay --from 7d --set before=30m
              streamdeploy replay --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z --source clickhouse --account acme --set pipeline.7.before=24h

            NAME is a setting of the answer (before, after, settle, grace, prior, ...: those of the flags below), pipeline.ID.before or pipeline.ID.shared.
            before holds for everyone then, also where an account or pipeline has a window of its own; which these are is said.
            As things are, is by the flags, variables and file: give the settings of the answer that `run` has.
            Pipelines, teams and all other tables come from Kafka's topics, with either source, as of each alert; ClickHouse does not have them. With
            --source clickhouse and --catalog FILE no Kafka is needed: what the file says holds always. Records that were written to a wrong partition, and
            sent on, are then met where they were written, too.
            The enrichments topic keeps an alert's last answer for as long as its retention, so of one that was raised again only the last raising; ClickHouse keeps all.
            Whether a record was late is judged by the order of arrival: after an outage of the workers, production may have judged otherwise.
            """, args);
        command.Arguments.Add(File);
        command.Options.Add(Last);
        foreach (var option in WhatIfCommand.Options) command.Options.Add(option);
        return command.Runs([.. JoinOptions.All, .. KafkaOptions.All, .. ClickHouseOptions.Address, .. LogOptions.All], (flags, source, cancellationToken) =>
        {
            if (flags.GetValue(File) is not { } file) return WhatIfCommand.RunAsync(flags, source, cancellationToken);
            if (WhatIfCommand.Options.FirstOrDefault(option => flags.GetResult(option) is { Implicit: false }) is { } other)
                throw new SettingException($"{other.Name} is about what was recorded: leave out {file}. To answer a file under other settings, give them as flags: --before 30m.");
            return Run(file, flags.GetValue(Last), JoinOptions.Of(source), cancellationToken);
        });
    }

    private static async Task<int> Run(string path, bool last, JoinSettings settings, CancellationToken cancellationToken)
    {
        using var lines = ReplayLines.Open(path);
        await using var output = new BufferedStream(StandardOutput.Open(), 1 << 16);
        var replay = new Replay(settings, (number, message) => Console.Error.WriteLine(Failure.Printable($"{lines.Name}, line {number}: {message}")));
        replay.ReadTables(lines.Read(cancellationToken));
        if (last)
        {
            var lasts = new Dictionary<(string, string, long), Enrichment>();
            foreach (var enrichment in replay.Answers(lines.Read(cancellationToken)))
            {
                // Removed first, so that the answers come in the order of their last emission.
                lasts.Remove((enrichment.AccountId, enrichment.AlertId, enrichment.AlertOccurredAtMs));
                lasts.Add((enrichment.AccountId, enrichment.AlertId, enrichment.AlertOccurredAtMs), enrichment);
            }
            foreach (var enrichment in lasts.Values) Print(output, enrichment);
        }
        else
        {
            foreach (var enrichment in replay.Answers(lines.Read(cancellationToken))) Print(output, enrichment);
        }
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (replay.UnreadableLines == 0) return ExitCodes.Done;
        await Console.Error.WriteLineAsync($"{lines.Name}: {replay.UnreadableLines} line(s) could not be read; all others were.").ConfigureAwait(false);
        return ExitCodes.Usage;
    }

    private static void Print(Stream output, Enrichment enrichment) => output.Write(EnrichmentLine.Of(enrichment));
}

/// <summary>The lines of a file or of standard input, to be read twice.</summary>
internal sealed class ReplayLines : IDisposable
{
    private readonly List<string>? _buffered;
    private readonly string _path;

    private ReplayLines(string path, List<string>? buffered) => (_path, _buffered) = (path, buffered);

    public string Name => _buffered is null ? _path : "standard input";

    public static ReplayLines Open(string path)
    {
        try
        {
            if (path != "-")
            {
                using var probe = System.IO.File.OpenRead(path);
                return new ReplayLines(path, null);
            }
            var lines = new List<string>();
            while (Console.In.ReadLine() is { } line) lines.Add(line);
            return new ReplayLines(path, lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(Unreadable.Because(path, e));
        }
    }

    public IEnumerable<(int Number, string Line)> Read(CancellationToken cancellationToken)
    {
        var number = 0;
        foreach (var line in _buffered ?? System.IO.File.ReadLines(_path, Encoding.UTF8))
        {
            cancellationToken.ThrowIfCancellationRequested();
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return (number, line);
        }
    }

    public void Dispose() => _buffered?.Clear();
}

/// <summary>An enrichment as one line of JSON, with the names of its schema.</summary>
internal static class EnrichmentLine
{
    public static ReadOnlySpan<byte> Of(Enrichment enrichment)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            RecordJson<Enrichment>.Instance.Write(writer, enrichment);
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }
}
