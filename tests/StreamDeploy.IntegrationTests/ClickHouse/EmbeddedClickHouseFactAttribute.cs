using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>A test that needs libchdb and programs: skipped where one is missing, unless CI is set, where that is a failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EmbeddedClickHouseFactAttribute : FactAttribute
{
    public EmbeddedClickHouseFactAttribute(params string[] programs)
    {
        string? missing = EmbeddedClickHouse.IsInstalled ? programs.FirstOrDefault(program => !IsOnPath(program)) : "libchdb.so";
        if (missing is not null && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = missing + " is missing";
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
