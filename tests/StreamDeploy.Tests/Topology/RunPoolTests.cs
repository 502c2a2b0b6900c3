using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Topology;

public sealed class RunPoolTests
{
    /// <summary>Random rents and returns: what was written into a run is there until it is returned, so no two overlap.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Runs_do_not_overlap(int seed)
    {
        var random = new Random(seed);
        var pool = new RunPool<int>();
        var held = new List<(Run Run, int Mark)>();
        for (var step = 0; step < 20_000; step++)
        {
            if (held.Count > 0 && random.Next(5) < 2)
            {
                var at = random.Next(held.Count);
                var (run, mark) = held[at];
                Assert.Equal(-1, pool[run].IndexOfAnyExcept(mark));
                pool.Return(run);
                held.RemoveAt(at);
                continue;
            }
            var length = random.Next(10) == 0 ? random.Next(1, 300) : random.Next(1, 65);
            var rented = pool.Rent(length);
            Assert.InRange(rented.Capacity, length, Math.Max(2, length * 2));
            pool[rented].Fill(step);
            held.Add((rented, step));
        }
        foreach (var (run, mark) in held) Assert.Equal(-1, pool[run].IndexOfAnyExcept(mark));
    }

    [Fact]
    public void What_was_returned_in_small_is_rented_in_large()
    {
        var pool = new RunPool<long>();
        var small = Enumerable.Range(0, 4096).Select(_ => pool.Rent(2)).ToList();
        foreach (var run in small) pool.Return(run);
        var pages = Enumerable.Range(0, 128).Select(_ => pool.Rent(64).Page).Distinct();
        Assert.Equal([0], pages);
    }
}
