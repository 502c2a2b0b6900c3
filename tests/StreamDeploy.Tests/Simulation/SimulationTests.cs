using System.Collections.Concurrent;
using System.Text;
using Xunit.Abstractions;

namespace StreamDeploy.Tests.Simulation;

/// <summary>Law 7: whatever happens to workers and broker, a reader of committed records sees what an undisturbed run gives.</summary>
/// <remarks>STREAMDEPLOY_SIMULATION says how many histories; STREAMDEPLOY_SIMULATION_SEED runs one again and prints all of it.</remarks>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int FailuresShown = 3;

    [Fact]
    public void Whatever_happens_a_reader_of_committed_records_sees_the_oracles_answers_once()
    {
        if (SimulationSettings.Seed is { } seed)
        {
            RunAgain(seed);
            return;
        }
        var failures = new ConcurrentDictionary<int, string>();
        var seeds = Enumerable.Range(SimulationSettings.First, SimulationSettings.Count);
        // As many threads as there are cores: unbounded, it takes every thread of the pool, and servers of other tests wait for one.
        Parallel.ForEach(seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (s, loop) =>
        {
            if (History.Run(s) is { } failure)
                failures[s] = failure;
        });
        if (failures.IsEmpty)
            return;
        var text = new StringBuilder($"{failures.Count} of {SimulationSettings.Count} histories fail.");
        foreach (var (failed, failure) in failures.OrderBy(f => f.Key).Take(FailuresShown))
            text.AppendLine().Append(Story(failed, failure, lines: 40));
        Assert.Fail(text.ToString());
    }

    [Fact]
    public void A_seed_tells_the_same_history_again()
    {
        List<string> first = [], second = [];
        History.Run(SimulationSettings.First, first);
        History.Run(SimulationSettings.First, second);
        Assert.NotEmpty(first);
        Assert.Equal(first, second);
    }

    private void RunAgain(int seed)
    {
        List<string> trace = [];
        var failure = History.Run(seed, trace);
        foreach (var line in trace)
            output.WriteLine(line);
        Assert.True(failure is null, $"{SimulationSettings.SeedVariable}={seed}: {failure}");
    }

    /// <summary>The end of it: what came before is printed when the seed is run again.</summary>
    private static string Story(int seed, string failure, int lines)
    {
        List<string> trace = [];
        var again = History.Run(seed, trace);
        var story = string.Join(Environment.NewLine, trace.Where(l => !l.Contains("comes ", StringComparison.Ordinal)).TakeLast(lines));
        return $"{SimulationSettings.SeedVariable}={seed}: {failure}{(again == failure ? "" : $" (and then: {again})")}{Environment.NewLine}{story}{Environment.NewLine}";
    }
}
