using System.Diagnostics;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Schemas;

/// <summary>Random and mutated bodies: read or rejected with an <see cref="AvroException"/>, in memory bounded by their length.</summary>
public class FuzzTests
{
    private const int BodyBytesMax = 400;

    /// <summary>An empty item of a list is two bytes and some 250 in memory; exceptions with their traces are the constant.</summary>
    private const long AllocatedPerByte = 300;
    private const long AllocatedAtLeast = 100_000;
    private const int BodiesMin = 300;
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(200);

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void Random_bytes(Type type) => Run(type, nameof(RandomBody));

    [Theory]
    [MemberData(nameof(RandomRecords.Types), MemberType = typeof(RandomRecords))]
    public void Mutated_bodies(Type type) => Run(type, nameof(MutatedBody));

    private static void Run(Type type, string body) =>
        typeof(FuzzTests).GetMethod(nameof(Fuzz), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(type).CreateDelegate<Action<string>>()(body);

    private static void Fuzz<T>(string body)
    {
        AvroReader<T> reader = AvroCodec<T>.Instance.ReaderFor(AvroCodec<T>.Instance.Schema);
        int first = Environment.TickCount;
        var clock = Stopwatch.StartNew();
        int rejected = 0;
        int seed = first;
        for (; seed < first + BodiesMin || clock.Elapsed < Time; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = body == nameof(RandomBody) ? RandomBody(random) : MutatedBody<T>(random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                reader.Read(bytes);
            }
            catch (AvroException e)
            {
                rejected++;
                Assert.True(e.Offset >= 0 && e.Offset <= bytes.Length && e.Path.StartsWith(typeof(T).Name, StringComparison.Ordinal), $"seed {seed}: {e.Message}");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= AllocatedAtLeast + (AllocatedPerByte * bytes.Length), $"seed {seed}: {allocated} bytes allocated for a body of {bytes.Length}");
        }
        Assert.True(rejected > 0, $"seeds {first} to {seed}: no body was rejected");
    }

    private static byte[] RandomBody(Random random)
    {
        byte[] bytes = new byte[random.Next(BodyBytesMax)];
        random.NextBytes(bytes);
        // Small numbers are lengths and counts that go on: without them a body is rejected at its third byte.
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = random.Next(4) == 0 ? bytes[i] : (byte)random.Next(8);
        return bytes;
    }

    private static byte[] MutatedBody<T>(Random random)
    {
        List<byte> bytes = [.. AvroCodec<T>.Instance.Encode(RandomRecords.Of<T>(random))];
        for (int i = random.Next(4); i >= 0 && bytes.Count > 1; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = 0xFF; break;
                case 2: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(0, random.Next(Math.Min(bytes.Count, 64)))); break;
            }
        }
        return [.. bytes];
    }
}
