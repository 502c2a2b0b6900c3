namespace StreamDeploy.Tests.ClickHouse;

/// <summary>As <see cref="ClickHouseFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClickHouseTheoryAttribute : TheoryAttribute
{
    public ClickHouseTheoryAttribute() => Skip = new ClickHouseFactAttribute().Skip;
}
