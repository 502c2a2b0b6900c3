using System.Text.Json;

namespace StreamDeploy.Benchmarks.EndToEnd.Children;

/// <summary>A measured process's way to its parent: lines out, and one line in, which tells it to end.</summary>
/// <remarks>When the pipe is closed the parent is gone, however it ended, and so must this process be.</remarks>
internal sealed class ParentLine
{
    private volatile bool _ended;

    public ParentLine() => new Thread(Listen) { IsBackground = true, Name = "parent" }.Start();

    public bool IsEnded => _ended;

    public static void Write(ChildLine line) => Console.Out.WriteLine(JsonSerializer.Serialize(line));

    private void Listen()
    {
        if (Console.In.ReadLine() is null) Environment.Exit(BenchException.Failed);
        _ended = true;
        Console.In.ReadLine();
        Environment.Exit(BenchException.Failed);
    }
}
