using System.CommandLine;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using StreamDeploy.Cli.Demo;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>demo</c>: everything in one process, doing the main job on real input.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private static readonly Option<bool> Once = new("--once") { Description = "End when the alerts are answered, instead of staying up" };
    private static readonly Option<bool> Json = new("--json") { Description = "Answers as JSON on stdout, one object a line, and nothing else there" };

    private static readonly Option<string?> Addresses = new("--addresses")
    {
        Description = "Write where everything listens to this file, as JSON, once all of it serves",
        HelpName = "FILE",
    };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("demo", "Runs all of it in one process, fed with real GitHub webhooks; nothing else is needed.", """
            Starts Kafka, a schema registry, ClickHouse, ingest, the join, the sink and the live view on loopback, with free ports. Posts GitHub's own example webhooks, signed,
            and raises three alerts; shows each answer, asks ClickHouse a question, and stays up for you to play with until Ctrl-C. Nothing is kept.
            """, args);
        command.Options.Add(Once);
        command.Options.Add(Json);
        command.Options.Add(Addresses);
        return command.Runs([.. JoinOptions.All, .. LogOptions.All], (flags, source, cancellationToken) =>
            RunAsync(flags.GetValue(Once), flags.GetValue(Json), flags.GetValue(Addresses), source, cancellationToken));
    }

    private static async Task<int> RunAsync(bool once, bool json, string? addresses, SettingsSource source, CancellationToken cancellationToken)
    {
        var join = JoinOptions.Of(source);
        // The demo tells its own story: of the services only what goes wrong is of interest.
        using var logs = LogOptions.Of(source, LogLevel.Warning);
        // Everything but the answers goes to stderr with --json, so that stdout can be piped.
        var console = Terminal.On(json ? Console.Error : Console.Out, isFile: json ? Console.IsErrorRedirected : Console.IsOutputRedirected);
        var payloads = DemoPayloads.Load();
        if (addresses is not null) DemoGuide.CheckAddressesFile(addresses);
        console.MarkupLine("[bold]StreamDeploy[/]: Kafka, schema registry, ClickHouse, ingest, join, sink and live view are starting in this process …");
        var catalog = DemoCatalog();
        await using var world = await EmbeddedWorld.StartAsync(catalog, new IngestSettings { ListenAddress = System.Net.IPAddress.Loopback, Port = 0 }, join, logs, cancellationToken)
            .ConfigureAwait(false);
        await using var view = await ViewServer.StartAsync(new LiveViewSettings { Port = 0, Management = world.Ingest }, world.Kafka with { GroupId = "streamdeploy-view" }, world.ClickHouse, logs, cancellationToken)
            .ConfigureAwait(false);
        if (addresses is not null) await DemoGuide.WriteAddressesAsync(world, view.Address, addresses, cancellationToken).ConfigureAwait(false);
        using var http = new HttpClient { BaseAddress = world.Ingest, Timeout = TimeSpan.FromSeconds(30) };
        using var answers = new AnswerReader(world.Kafka, logs);

        console.MarkupLine("[bold]What happens[/] [grey](GitHub's own example payloads, their times moved to now; the closed pull request is marked merged)[/]");
        await new DemoStory(http, payloads, DateTimeOffset.UtcNow, line => console.MarkupLine("  " + Markup.Escape(line))).TellAsync(cancellationToken).ConfigureAwait(false);
        console.WriteLine();

        var show = json ? PrintJson : (Action<Enrichment>)(answer => EnrichmentCard.Print(console, answer));
        await AnswersOf(answers, DemoStory.AlertIds, show, world.Failed, cancellationToken).ConfigureAwait(false);
        await DemoGuide.AskClickHouseAsync(console, world, cancellationToken).ConfigureAwait(false);
        if (once) return ExitCodes.Done;

        DemoGuide.PrintWhatToTry(console, world, view.Address);
        while (!cancellationToken.IsCancellationRequested && !world.Failed.IsCompleted)
        {
            foreach (var answer in answers.Read(TimeSpan.FromMilliseconds(500))) show(answer);
        }
        if (!cancellationToken.IsCancellationRequested) await world.Failed.ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static async Task AnswersOf(AnswerReader answers, IEnumerable<string> alertIds, Action<Enrichment> show, Task failed, CancellationToken cancellationToken)
    {
        var missing = alertIds.ToHashSet(StringComparer.Ordinal);
        var giveUpAt = DateTimeOffset.UtcNow + AnswerLimit;
        while (missing.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (failed.IsCompleted) await failed.ConfigureAwait(false);
            if (DateTimeOffset.UtcNow > giveUpAt) throw new IOException($"no answer came for {string.Join(", ", missing)} in {AnswerLimit.TotalSeconds:0} s.");
            foreach (var answer in answers.Read(TimeSpan.FromMilliseconds(100)))
            {
                missing.Remove(answer.AlertId);
                show(answer);
            }
        }
    }

    private static void PrintJson(Enrichment answer)
    {
        using var output = StandardOutput.Open();
        output.Write(EnrichmentLine.Of(answer));
    }

    private static Catalog DemoCatalog()
    {
        using var stream = typeof(DemoCommand).Assembly.GetManifestResourceStream("demo-catalog.yaml")!;
        using var reader = new StreamReader(stream);
        return Catalog.Parse(reader.ReadToEnd(), "demo-catalog.yaml");
    }
}
