namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>A test that needs real servers: skipped where their command is not given, except in CI, where it fails.</summary>
public sealed class RealServersFactAttribute : FactAttribute
{
    public RealServersFactAttribute(params string[] variables)
    {
        var absent = variables.Where(v => Environment.GetEnvironmentVariable(v) is null or "").ToList();
        if (absent.Count > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"{string.Join(", ", absent)} not set";
    }
}
