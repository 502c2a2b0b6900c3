using FsCheck;
using FsCheck.Fluent;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

public sealed class HalvingTests
{
    [Fact]
    public void Every_record_is_taken_once_or_found_bad_and_the_bad_ones_are_exactly_those() =>
        Prop.ForAll(Gen.Choose(0, 300).SelectMany(count => Gen.Choose(0, Math.Max(0, count - 1)).ListOf(Math.Min(count, 5)).Select(bad => (count, bad: bad.ToHashSet()))).ToArbitrary(),
            log => Check(log.count, log.bad)).QuickCheckThrowOnFailure();

    [Fact]
    public void One_bad_row_in_fifty_thousand_costs_few_attempts()
    {
        var halving = new Halving(50_000);
        int attempts = 0;
        for (; halving.TryPeek(out (int From, int To) run); attempts++)
        {
            if (run.From <= 31_313 && 31_313 < run.To)
                halving.Refused("bad");
            else
                halving.Taken();
        }
        Assert.Equal(31_313, Assert.Single(halving.RefusedRecords).Index);
        Assert.InRange(attempts, 16, 33);
    }

    [Fact]
    public void What_lies_around_a_record_that_is_known_to_be_bad_is_tried_at_once()
    {
        var halving = new Halving(10);
        halving.RefusedAt(3, "bad");
        Assert.True(halving.TryPeek(out (int From, int To) before));
        halving.Taken();
        Assert.True(halving.TryPeek(out (int From, int To) behind));
        halving.RefusedAt(9, "bad");
        Assert.True(halving.TryPeek(out (int From, int To) rest));
        halving.Taken();
        Assert.False(halving.TryPeek(out _));
        Assert.Equal([(0, 3), (4, 10), (4, 9)], [before, behind, rest]);
        Assert.Equal([3, 9], halving.RefusedRecords.Select(refused => refused.Index));
    }

    private static void Check(int count, HashSet<int> bad)
    {
        var halving = new Halving(count);
        var taken = new List<int>();
        while (halving.TryPeek(out (int From, int To) run))
        {
            if (bad.Any(index => run.From <= index && index < run.To))
            {
                halving.Refused("bad");
                continue;
            }
            taken.AddRange(Enumerable.Range(run.From, run.To - run.From));
            halving.Taken();
        }
        // In order, too: a table's rows go in as they were read.
        Assert.Equal(Enumerable.Range(0, count).Where(index => !bad.Contains(index)), taken);
        Assert.Equal(bad.Order(), halving.RefusedRecords.Select(refused => refused.Index));
    }
}
