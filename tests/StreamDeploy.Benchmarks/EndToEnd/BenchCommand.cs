using System.CommandLine;
using BenchmarkDotNet.Running;
using Confluent.Kafka;
using StreamDeploy.Benchmarks.EndToEnd.Children;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The command line: the benchmark against a broker, the microbenchmarks, and the verbs of the measured processes, which are not for people.</summary>
internal static class BenchCommand
{
    private static readonly Option<string?> Bootstrap = new("--bootstrap-servers") { Description = "Kafka brokers; without them it starts a broker with the command in " + LocalBroker.Variable };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object on stdout, and nothing else there" };
    private static readonly Option<long> Records = new("--records") { Description = "How many records of each shape", DefaultValueFactory = _ => 1_000_000 };
    private static readonly Option<int> Runs = new("--runs") { Description = "How many runs the medians are of", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Threads = new("--threads") { Description = "Of the worker and of the floors", DefaultValueFactory = _ => 2 };
    private static readonly Option<string> Protocol = new("--protocol") { Description = "Of the consumer group: consumer or classic", DefaultValueFactory = _ => "consumer" };
    private static readonly Option<string> Shapes = new("--shapes") { Description = "S1 (1,000 accounts), S2 (100,000 accounts)", DefaultValueFactory = _ => "S1,S2" };
    private static readonly Option<string> Only = new("--only") { Description = "Some of throughput, latency, restore, scale (1, 2 and 4 workers), recovery (from kill -9 until answers come again), ingest (events over HTTP), sink (topics into ClickHouse), queries (the dashboards', on so many deployments), view (the live page: 100,000 deployments, 200 browsers)", DefaultValueFactory = _ => "throughput,latency,restore" };
    private static readonly Option<int> LatencySeconds = new("--latency-seconds") { Description = "How long the load of the latency lasts; the first 5 s do not count", DefaultValueFactory = _ => 30 };

    public static RootCommand Create()
    {
        Protocol.AcceptOnlyFromAmong("consumer", "classic");
        var root = new RootCommand("""
            Runs the worker on a real broker and measures it, beside what Confluent.Kafka alone costs on the same records.

            Exit codes: 0 done, 1 failed or the worker's answers were wrong, 2 an option is wrong, 3 no broker.
            """);
        foreach (var option in new Option[] { Bootstrap, Json, Records, Runs, Threads, Protocol, Shapes, Only, LatencySeconds }) root.Options.Add(option);
        root.SetAction((flags, cancellationToken) => Guarded(() => RunAsync(flags, cancellationToken)));
        root.Subcommands.Add(Micro());
        root.Subcommands.Add(Hidden("worker", MeasuredWorker.Run));
        root.Subcommands.Add(Hidden("passthrough", order => Floors.Run(order, produce: true)));
        root.Subcommands.Add(Hidden("ingest", MeasuredIngest.Ingest));
        root.Subcommands.Add(Hidden("kestrel", MeasuredIngest.Kestrel));
        root.Subcommands.Add(Hidden("produce", MeasuredIngest.Produce));
        root.Subcommands.Add(Hidden("engine", MeasuredSink.Engine));
        root.Subcommands.Add(Hidden("sink", MeasuredSink.Sink));
        root.Subcommands.Add(Hidden("bare-insert", MeasuredSink.Bare));
        root.Subcommands.Add(Hidden("view", MeasuredView.Run));
        root.Subcommands.Add(Hidden("consume", order => Floors.Run(order, produce: false)));
        return root;
    }

    private static Command Micro()
    {
        var micro = new Command("micro", "The microbenchmarks; what follows goes to BenchmarkDotNet: --filter '*Codec*'") { TreatUnmatchedTokensAsErrors = false };
        micro.SetAction(flags =>
        {
            // Without a filter BenchmarkDotNet asks which ones; a command that waits for an answer is of no use in a script.
            string[] args = [.. flags.UnmatchedTokens];
            BenchmarkSwitcher.FromAssembly(typeof(CodecBenchmark).Assembly).Run(args.Contains("--filter") ? args : [.. args, "--filter", "*"]);
        });
        return micro;
    }

    private static Command Hidden(string verb, Action<ChildOrder> run)
    {
        var order = new Argument<string>("order");
        var command = new Command(verb) { order };
        command.Hidden = true;
        command.SetAction(flags => run(ChildOrder.Parse(flags.GetValue(order)!)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellationToken)
    {
        var json = flags.GetValue(Json);
        var report = await new EndToEndBenchmark(Settings(flags), line => Console.Error.WriteLine("bench: " + line)).RunAsync(cancellationToken);
        if (json) Console.Out.WriteLine(report.ToJson());
        else BenchTable.Print(report, Console.Out, Console.IsOutputRedirected);
        return 0;
    }

    private static async Task<int> Guarded(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (BenchException e)
        {
            Console.Error.WriteLine("bench: " + e.Message);
            return e.ExitCode;
        }
        catch (KafkaException e)
        {
            Console.Error.WriteLine($"bench: Kafka: {e.Error.Reason}");
            return BenchException.Unavailable;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("bench: interrupted");
            return BenchException.Failed;
        }
    }

    private static BenchSettings Settings(ParseResult flags) => new()
    {
        BootstrapServers = flags.GetValue(Bootstrap),
        Records = AtLeast(Records, flags, 10_000),
        Runs = (int)AtLeast(Runs, flags, 1),
        Threads = (int)AtLeast(Threads, flags, 1),
        Protocol = flags.GetValue(Protocol)!,
        Shapes = [.. Words(flags.GetValue(Shapes)!).Select(name => Shape.All.FirstOrDefault(s => s.Name == name) ?? throw Unknown(Shapes, name))],
        Parts = Words(flags.GetValue(Only)!).Select(name => Enum.TryParse<Part>(name, ignoreCase: true, out var part) ? part : throw Unknown(Only, name)).ToHashSet(),
        LatencySeconds = (int)AtLeast(LatencySeconds, flags, 6),
    };

    private static string[] Words(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static long AtLeast<T>(Option<T> option, ParseResult flags, long least)
    {
        var value = Convert.ToInt64(flags.GetValue(option), null);
        return value >= least ? value : throw new BenchException($"{option.Name} is {value}, but must be at least {least}.", BenchException.Usage);
    }

    private static BenchException Unknown(Option option, string word) => new($"{option.Name}: {word} is none of its values; see --help.", BenchException.Usage);
}
