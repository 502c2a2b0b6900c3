using System.Diagnostics;
using System.Runtime.InteropServices;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Signals that .NET does not send.</summary>
internal static class Signal
{
    private const int SigTerm = 15;
    private static readonly (int Stop, int Continue) Numbers = OperatingSystem.IsMacOS() ? (17, 19) : (19, 18);

    public static void Stop(Process process) => Send(process, Numbers.Stop);

    public static void Continue(Process process) => Send(process, Numbers.Continue);

    public static void Terminate(Process process) => Send(process, SigTerm);

    private static void Send(Process process, int signal)
    {
        if (!process.HasExited && kill(process.Id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent to process {process.Id}");
    }

    [DllImport("libc", ExactSpelling = true)]
    private static extern int kill(int pid, int signal);
}
