using System.Diagnostics;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Waits for a condition, with a limit.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task True(Func<bool> condition, string what, Func<string>? describe = null) => True(() => Task.FromResult(condition()), what, describe);

    public static async Task True(Func<Task<bool>> condition, string what, Func<string>? describe = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > Limit)
                throw new TimeoutException($"{what}: not within {Limit} {describe?.Invoke()}");
            await Task.Delay(5);
        }
    }
}
