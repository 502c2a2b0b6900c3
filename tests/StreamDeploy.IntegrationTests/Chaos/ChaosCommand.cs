using System.CommandLine;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary><c>chaos</c>: faults on real servers, under load, and whether the answers are the oracle's all the same.</summary>
internal static class ChaosCommand
{
    public const int Equal = 0;
    public const int Different = 1;
    public const int Usage = 2;
    public const int Unavailable = 3;

    private static readonly Option<int> Faults = new("--faults") { Description = "How many faults, one after another", DefaultValueFactory = _ => 20 };
    private static readonly Option<int?> Seed = new("--seed") { Description = "Decides on records and faults; without it one is taken and printed" };
    private static readonly Option<FaultKind[]> Only = new("--only") { Description = "Only faults of these kinds", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Workers = new("--workers") { Description = "How many worker processes", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Rate = new("--rate") { Description = "Records a second while the faults last", DefaultValueFactory = _ => 300 };
    private static readonly Option<string> GroupProtocol = new("--group-protocol") { Description = "Of the workers' group", DefaultValueFactory = _ => "consumer" };
    private static readonly Option<bool> Keep = new("--keep") { Description = "Keep what workers and brokers said, even when all is equal" };

    public static Command Create()
    {
        GroupProtocol.AcceptOnlyFromAmong("consumer", "classic");
        AtLeast(Faults, 0);
        AtLeast(Workers, 1);
        AtLeast(Rate, 10);
        var command = new Command("chaos", "Breaks workers, brokers and wires under load, then compares every answer with the oracle's.");
        foreach (var option in new Option[] { Faults, Seed, Only, Workers, Rate, GroupProtocol, Keep })
            command.Options.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellationToken)
    {
        var settings = new ChaosSettings
        {
            Faults = flags.GetValue(Faults),
            Seed = flags.GetValue(Seed) ?? Random.Shared.Next(1_000_000),
            Kinds = flags.GetValue(Only) is { Length: > 0 } kinds ? kinds : FaultPlan.AllKinds,
            Workers = flags.GetValue(Workers),
            RecordsPerSecond = flags.GetValue(Rate),
            GroupProtocol = flags.GetValue(GroupProtocol)!,
            Keep = flags.GetValue(Keep),
        };
        var only = settings.Kinds == FaultPlan.AllKinds ? "" : $" --only {string.Join(' ', settings.Kinds)}";
        Console.WriteLine($"chaos --faults {settings.Faults} --seed {settings.Seed}{only} --workers {settings.Workers} --rate {settings.RecordsPerSecond} --group-protocol {settings.GroupProtocol}");
        try
        {
            var report = await ChaosSession.RunAsync(settings, Console.WriteLine, cancellationToken);
            Console.WriteLine(report.Table(settings.Seed));
            return report.IsEqual ? Equal : Different;
        }
        catch (ServersUnavailableException e)
        {
            await Console.Error.WriteLineAsync("streamdeploy: " + e.Message);
            return Unavailable;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"streamdeploy: ended before it was done, seed {settings.Seed}");
            return Different;
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException or OperationCanceledException or Confluent.Kafka.KafkaException or Connectors.Kafka.BrokerUnavailableException)
        {
            await Console.Error.WriteLineAsync($"streamdeploy: the run broke off: {e.Message}, seed {settings.Seed}");
            return Different;
        }
    }

    private static void AtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value < least)
            result.AddError($"{option.Name} is {value}: it must be at least {least}.");
    });
}
