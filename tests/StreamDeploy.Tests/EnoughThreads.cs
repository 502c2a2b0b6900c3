using System.Runtime.CompilerServices;

namespace StreamDeploy.Tests;

/// <summary>Tests compute and servers answer in one process: where the pool's few first threads compute for long, it adds one thread each half second, and servers stand still.</summary>
internal static class EnoughThreads
{
    private const int ThreadsMin = 32;

    [ModuleInitializer]
    internal static void Set() => ThreadPool.SetMinThreads(ThreadsMin, ThreadsMin);
}
