//! Score networks: what they say against an independent computation in dual numbers, their files, and those that were trained.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use num_dual::{Dual64, DualNum as _};
use proptest::prelude::*;
use wfr_lab::reverse::{self, Densities};
use wfr_lab::rng::{Purpose, Stream, Streams, normal_pair};
use wfr_lab::scenario::{Preset, Scenario};
use wfr_lab::score::network::{About, FEATURES, Network, NetworkError, Weights, bands, shipped};
use wfr_lab::score::{BLOCK, Gaussian, Gaussians, Level, Said, Schedule, Score};
use wfr_lab::sim::Simulation;
use wfr_lab::target::{Blend, Scores, Shape};

/// Weights drawn at random, about as large as trained ones.
fn random(width: usize, rng: &mut Stream) -> Weights {
    let mut weights = Weights {
        mean: [0.3, -0.2],
        scale: 1.3,
        detail: 0.25,
        ..Weights::zero(width)
    };
    let spread = 1.0 / (width as f64).sqrt();
    for (part, sd) in [
        (&mut weights.points, 1.5),
        (&mut weights.first_level, 0.3),
        (&mut weights.first_bias, 1.0),
        (&mut weights.gains, 0.2),
        (&mut weights.second, 2.0 * spread),
        (&mut weights.second_level, 0.3),
        (&mut weights.second_bias, 0.5),
        (&mut weights.out, spread),
        (&mut weights.out_level, 0.2),
        (&mut weights.out_bias, 0.2),
    ] {
        part.iter_mut().for_each(|w| *w = (sd * normal_pair(rng).0) as f32);
    }
    weights
}

fn about() -> About {
    About {
        name: "random".to_owned(),
        data: "nothing".to_owned(),
        schedule: Schedule::default(),
        seed: 7,
        steps: 0,
        loss: 1.0,
        least_loss: None,
    }
}

fn network(width: usize, seed: u64) -> Network {
    let mut rng = Streams::new(seed).stream(0, Purpose::Start, 0);
    Network::new(&about(), &random(width, &mut rng)).unwrap()
}

/// The score by the formulas of the documentation, in double precision and with its derivative.
fn score(weights: &Weights, level: Level, point: [Dual64; 2]) -> [Dual64; 2] {
    let n = weights.width();
    let wide = |w: f32| f64::from(w);
    let (variance, k, d) = (level.variance.max(1e-4), wide(weights.scale), wide(weights.detail));
    let a = (1.0 - variance).sqrt();
    let c = (a * a * k * k + variance).sqrt();
    let (alpha, sigma) = (a * k / c, variance.sqrt() / c);
    let log_snr = (alpha * alpha / (sigma * sigma)).ln().clamp(-12.0, 12.0);
    let cosine = |j: usize| ((j + 1) as f64 * std::f64::consts::PI * (log_snr + 12.0) / 24.0).cos();
    let told =
        |table: &[f32], row: usize| -> f64 { (0..FEATURES).map(|j| wide(table[row * FEATURES + j]) * cosine(j)).sum() };
    let bend = |z: Dual64| z / (z * z + 1.0).sqrt();
    let y: [Dual64; 2] = std::array::from_fn(|d| (point[d] - a * wide(weights.mean[d])) / c);
    let first: Vec<Dual64> = (0..n)
        .map(|j| {
            let bias = wide(weights.first_bias[j]) + told(&weights.first_level, j);
            let z = y[0] * wide(weights.points[2 * j]) + y[1] * wide(weights.points[2 * j + 1]) + bias;
            bend(z) * (1.0 + told(&weights.gains, j))
        })
        .collect();
    let second: Vec<Dual64> = (0..n)
        .map(|j| {
            let start = Dual64::from_re(wide(weights.second_bias[j]) + told(&weights.second_level, j));
            bend((0..n).fold(start, |sum, i| sum + first[i] * wide(weights.second[j * n + i])))
        })
        .collect();
    std::array::from_fn(|d_| {
        let start = Dual64::from_re(wide(weights.out_bias[d_]) + told(&weights.out_level, d_));
        let g = (0..n).fold(start, |sum, i| sum + second[i] * wide(weights.out[d_ * n + i]));
        -(y[d_] + g * (alpha / (sigma * sigma + d * d).sqrt())) / c
    })
}

/// Score, divergence and J v by the network itself.
struct Told {
    score: [Vec<f64>; 2],
    divergence: Vec<f64>,
    along: [Vec<f64>; 2],
}

fn ask(model: &dyn Score<2>, level: Level, points: &[[f64; 2]], directions: &[[f64; 2]]) -> Told {
    let n = points.len();
    let split = |all: &[[f64; 2]]| [0, 1].map(|d| all.iter().map(|p| p[d]).collect::<Vec<f64>>());
    let (x, v) = (split(points), split(directions));
    let mut told = Told {
        score: [vec![f64::NAN; n], vec![f64::NAN; n]],
        divergence: vec![f64::NAN; n],
        along: [vec![f64::NAN; n], vec![f64::NAN; n]],
    };
    let mut log = vec![5.0; n];
    // What scratch holds does not matter.
    let mut scratch = vec![f64::NAN; 17];
    let at = model.at(level);
    let said = Said {
        log_density: &mut log,
        score: told.score.each_mut().map(Vec::as_mut_slice),
        divergence: Some(&mut told.divergence),
    };
    let x = x.each_ref().map(Vec::as_slice);
    at.evaluate(x, said, &mut scratch);
    assert!(
        log.iter().all(|l| *l == 5.0),
        "a network says nothing about its density"
    );
    let along = told.along.each_mut().map(Vec::as_mut_slice);
    at.along(x, v.each_ref().map(Vec::as_slice), along, &mut scratch);
    told
}

fn cloud(n: usize, sd: f64, seed: u64) -> Vec<[f64; 2]> {
    let mut rng = Streams::new(seed).stream(1, Purpose::Start, 0);
    (0..n)
        .map(|_| {
            let (a, b) = normal_pair(&mut rng);
            [sd * a, sd * b]
        })
        .collect()
}

#[test]
fn what_it_says_is_what_dual_numbers_say() {
    for width in [8, 24, 64] {
        let network = network(width, width as u64);
        assert!(!network.knows_density());
        for t in [0.0, 1e-3, 0.1, 0.5, 1.0] {
            let level = Schedule::default().level(t);
            // Not a whole number of pieces.
            let (points, directions) = (cloud(77, 1.5, 3), cloud(77, 1.0, 4));
            let told = ask(&network, level, &points, &directions);
            for i in 0..points.len() {
                let (p, v) = (points[i], directions[i]);
                let moved = |v: [f64; 2]| {
                    score(
                        network.weights(),
                        level,
                        [Dual64::new(p[0], v[0]), Dual64::new(p[1], v[1])],
                    )
                };
                let along = moved(v);
                let divergence = moved([1.0, 0.0])[0].eps + moved([0.0, 1.0])[1].eps;
                // Single precision: sums of `width` products, each right to 6e-8 of itself, whose factor is α/√(σ'² + d²)/c at most.
                let close = |found: f64, wanted: f64, size: f64, what: &str| {
                    let error = (found - wanted).abs();
                    assert!(
                        error < 2e-5 * size,
                        "{what} at {t} of {width}: {found}, expected {wanted}"
                    );
                };
                for ((score, derivative), dual) in told.score.iter().zip(&told.along).zip(&along) {
                    close(score[i], dual.re, 1.0 + dual.re.abs(), "score");
                    close(derivative[i], dual.eps, 1.0 + 10.0 * v[0].hypot(v[1]), "J v");
                }
                close(told.divergence[i], divergence, 10.0 + divergence.abs(), "divergence");
            }
        }
    }
}

#[test]
fn the_divergence_is_the_sum_of_derivatives_along_the_axes() {
    let network = network(64, 2);
    let level = Level::of_log_snr(1.0);
    let points = cloud(BLOCK, 1.5, 5);
    let [x, y] = [[1.0, 0.0], [0.0, 1.0]].map(|v| ask(&network, level, &points, &vec![v; BLOCK]));
    for i in 0..BLOCK {
        let sum = x.along[0][i] + y.along[1][i];
        assert!(
            (sum - x.divergence[i]).abs() < 1e-4 * (1.0 + sum.abs()),
            "{sum} {}",
            x.divergence[i]
        );
    }
}

#[test]
fn derivatives_are_those_of_finite_differences() {
    let network = network(32, 6);
    let level = Level::of_log_snr(-1.0);
    let (points, directions) = (cloud(BLOCK, 1.0, 7), cloud(BLOCK, 1.0, 8));
    let told = ask(&network, level, &points, &directions);
    // The rule of fourth order is right to less than it differs from that of second order, but for the rounding of single precision over h.
    let h = 0.01;
    let moved = |by: f64| {
        let points: Vec<[f64; 2]> = points
            .iter()
            .zip(&directions)
            .map(|(p, v)| [p[0] + by * v[0], p[1] + by * v[1]])
            .collect();
        ask(&network, level, &points, &directions).score
    };
    let (near, far) = ([moved(h), moved(-h)], [moved(2.0 * h), moved(-2.0 * h)]);
    for d in 0..2 {
        for i in 0..BLOCK {
            let rule = 8.0 * (near[0][d][i] - near[1][d][i]) - (far[0][d][i] - far[1][d][i]);
            let found = rule / (12.0 * h);
            let (wanted, second) = (told.along[d][i], (near[0][d][i] - near[1][d][i]) / (2.0 * h));
            let tolerance = (second - found).abs() + 1e-3;
            assert!((found - wanted).abs() < tolerance, "{found} {wanted} {tolerance:e}");
        }
    }
}

#[test]
fn without_weights_the_score_is_that_of_the_normal_law_of_the_data() {
    let weights = Weights {
        mean: [0.5, -1.0],
        scale: 1.5,
        detail: 0.3,
        ..Weights::zero(16)
    };
    let network = Network::new(&about(), &weights).unwrap();
    let law = Gaussians::new(vec![Gaussian::round(1.0, [0.5, -1.0], 2.25)]).unwrap();
    let (points, directions) = (cloud(50, 2.0, 1), cloud(50, 1.0, 2));
    for log_snr in [-9.0, -2.0, 0.0, 3.0, 9.0] {
        let level = Level::of_log_snr(log_snr);
        let [found, wanted] = [&network as &dyn Score<2>, &law].map(|model| {
            let n = points.len();
            let split = |d: usize| points.iter().map(|p| p[d]).collect::<Vec<f64>>();
            let (mut log, mut sx, mut sy, mut div) = (vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
            let said = Said {
                log_density: &mut log,
                score: [&mut sx, &mut sy],
                divergence: Some(&mut div),
            };
            let at = model.at(level);
            at.evaluate([&split(0), &split(1)], said, &mut Vec::new());
            let (mut ax, mut ay) = (vec![0.0; n], vec![0.0; n]);
            let v = |d: usize| directions.iter().map(|p| p[d]).collect::<Vec<f64>>();
            at.along(
                [&split(0), &split(1)],
                [&v(0), &v(1)],
                [&mut ax, &mut ay],
                &mut Vec::new(),
            );
            [sx, sy, div, ax, ay]
        });
        for (found, wanted) in found.iter().flatten().zip(wanted.iter().flatten()) {
            assert!(
                (found - wanted).abs() < 1e-12 * (1.0 + wanted.abs()),
                "{log_snr}: {found} {wanted}"
            );
        }
    }
}

#[test]
fn far_away_the_score_leads_back_and_what_is_no_number_stays_none() {
    let network = network(64, 9);
    let level = Level::of_log_snr(2.0);
    for point in [[1e4, 0.0], [-1e6, 1e6], [0.0, -1e12], [1e25, 1e30]] {
        let told = ask(&network, level, &[point], &[[1.0, 0.0]]);
        let pull = told.score[0][0] * point[0] + told.score[1][0] * point[1];
        assert!(pull < 0.0, "{point:?} {pull}");
        assert!(told.divergence[0].is_finite() && told.along[0][0].is_finite());
    }
    let told = ask(&network, level, &[[f64::NAN, 0.0], [0.0, 0.0]], &[[1.0, 0.0]; 2]);
    assert!(told.score[0][0].is_nan());
    assert!(told.score[0][1].is_finite(), "a lost particle takes no other with it");
}

#[test]
fn a_network_is_what_its_file_says() {
    let network = network(24, 1);
    let again = Network::read(network.bytes()).unwrap();
    assert_eq!(network, again);
    assert_eq!(network.weights(), again.weights());
    assert_eq!(again.about(), &about());
    // Written twice it is the same file.
    let written = Network::new(&about(), network.weights()).unwrap();
    assert_eq!(written.bytes(), network.bytes());
    assert_ne!(network, self::network(24, 2));
    assert_eq!(
        format!("{network:?}"),
        format!("Network(\"random\", 24 wide, {} bytes)", network.bytes().len())
    );
    // Anybody's reader finds the same numbers.
    let tensors = safetensors::SafeTensors::deserialize(network.bytes()).unwrap();
    let second = tensors.tensor("second.hidden").unwrap();
    assert_eq!(second.shape(), [24, 24]);
    let first = f32::from_le_bytes(second.data()[..4].try_into().unwrap());
    assert_eq!(first, network.weights().second[0]);
}

#[test]
fn a_scenario_holds_a_network_by_its_name_or_whole() {
    let own = network(16, 3);
    let text = ron::to_string(&own).unwrap();
    assert!(text.starts_with("Stored(\""), "{}", &text[..40]);
    assert_eq!(ron::from_str::<Network>(&text).unwrap(), own);
    let json = serde_json::to_string(&own).unwrap();
    assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), own);
    let packed = rmp_serde::to_vec_named(&own).unwrap();
    assert_eq!(rmp_serde::from_slice::<Network>(&packed).unwrap(), own);
    for (name, network) in shipped() {
        let text = ron::to_string(network).unwrap();
        assert_eq!(text, format!("Shipped(\"{name}\")"));
        assert_eq!(&ron::from_str::<Network>(&text).unwrap(), network);
        assert_eq!(Network::shipped(name).as_ref(), Some(network));
    }
    let refused = |text: &str| ron::from_str::<Network>(text).unwrap_err().to_string();
    let unknown = refused("Shipped(\"nobody\")");
    assert!(
        unknown.contains("no network `nobody` comes with the program: expected one of `"),
        "{unknown}"
    );
    assert!(
        refused("Stored(\"?\")").contains("expected base64"),
        "{}",
        refused("Stored(\"?\")")
    );
    assert!(
        refused("Stored(\"AAAA\")").contains("this is no network"),
        "{}",
        refused("Stored(\"AAAA\")")
    );
}

/// A file with these tensors, as anybody could write it.
fn file(change: impl Fn(&mut Vec<(String, safetensors::Dtype, Vec<usize>, Vec<u8>)>), text: Option<&str>) -> Vec<u8> {
    let network = network(8, 4);
    let tensors = safetensors::SafeTensors::deserialize(network.bytes()).unwrap();
    let mut parts: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(name, t)| (name, t.dtype(), t.shape().to_vec(), t.data().to_vec()))
        .collect();
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    change(&mut parts);
    let views = parts.iter().map(|(name, dtype, shape, data)| {
        let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap();
        (name.clone(), view)
    });
    let (_, header) = safetensors::SafeTensors::read_metadata(network.bytes()).unwrap();
    let metadata = match text {
        None => header.metadata().clone(),
        Some(text) => Some([("wfr-lab".to_owned(), text.to_owned())].into_iter().collect()),
    };
    safetensors::serialize(views, metadata).unwrap()
}

#[test]
fn every_sentence_about_a_bad_file_says_what_was_found() {
    use safetensors::Dtype;
    let said = |bytes: &[u8]| Network::read(bytes).unwrap_err().to_string();
    assert_eq!(
        said(&vec![0; 600_000]),
        "600000 bytes are too many for a network: expected 524288 at most"
    );
    assert_eq!(
        said(b"PK"),
        "this is no network (header too small): expected a .safetensors file as `wfr-lab train` writes it"
    );
    let text = said(&file(|_| (), Some("{}")));
    assert!(
        text.starts_with("these are not the tensors of a network of the lab (missing field `version`"),
        "{text}"
    );
    assert_eq!(
        said(&file(|_| (), Some("{\"version\": 2}"))),
        "this network is of version 2 of the format: a newer wfr-lab reads it, this one up to 1"
    );
    assert_eq!(
        said(&file(
            |parts| {
                parts.remove(3);
            },
            None
        )),
        "the tensor `first.bias` is missing"
    );
    assert_eq!(
        said(&file(
            |parts| parts.push(("third".to_owned(), Dtype::U8, vec![1], vec![0])),
            None
        )),
        "a tensor is called `third`: expected only those that a network of the lab has"
    );
    let shape = |parts: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>| parts[5].2 = vec![2, 8];
    assert_eq!(
        said(&file(shape, None)),
        "the tensor `first.point` is F32 of shape [2, 8]: expected F32 of shape [8, 2]"
    );
    let kind = |parts: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>| parts[1].1 = Dtype::I32;
    assert_eq!(
        said(&file(kind, None)),
        "the tensor `data.mean` is I32 of shape [2]: expected F32 of shape [2]"
    );
    let wide = |parts: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>| {
        (parts[9].2, parts[9].3) = (vec![9], vec![0; 36]);
    };
    assert_eq!(
        said(&file(wide, None)),
        "a network of 9 units is not possible: expected a multiple of 8 from 8 to 256"
    );
    let hot = |parts: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>| {
        parts[6].3[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    };
    assert_eq!(
        said(&file(hot, None)),
        "the tensor `out.bias` holds a number that is not finite, or larger than 10^9"
    );
    let flat = |parts: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>| parts[2].3 = vec![0; 4];
    assert_eq!(
        said(&file(flat, None)),
        "the tensor `data.scale` is not possible: expected a number from 10^-3 to 10^3"
    );
    assert!(Network::read(&file(|_| (), None)).is_ok());
    assert!(matches!(Network::read(&[]), Err(NetworkError::Format(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_refused_or_read_and_nothing_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let network = network(8, 4);
        let mut bytes = network.bytes().to_vec();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        // What can still be read can still be asked, and says the same of its own file.
        if let Ok(network) = Network::read(&bytes) {
            prop_assert_eq!(network.bytes(), &bytes[..]);
            let told = ask(&network, Level::of_log_snr(0.0), &[[0.1, 0.2]], &[[1.0, 0.0]]);
            prop_assert!(told.score[0].len() == 1);
        }
    }

    #[test]
    fn any_bytes_are_no_network(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(Network::read(&bytes).is_err());
    }
}

#[test]
fn a_block_says_the_same_wherever_a_point_stands_in_it() {
    let network = network(64, 5);
    let level = Level::of_log_snr(0.5);
    let (points, directions) = (cloud(BLOCK, 1.0, 9), cloud(BLOCK, 1.0, 10));
    let all = ask(&network, level, &points, &directions);
    for i in [0, 1, 31, 32, 100, 255] {
        let one = ask(&network, level, &points[i..=i], &directions[i..=i]);
        assert_eq!(one.divergence[0].to_bits(), all.divergence[i].to_bits());
        for d in 0..2 {
            assert_eq!(one.score[d][0].to_bits(), all.score[d][i].to_bits());
            assert_eq!(one.along[d][0].to_bits(), all.along[d][i].to_bits());
        }
    }
}

/// The mixture of the preset: the models that the shipped networks were trained on.
fn mixture() -> Blend {
    match Preset::named("mixture").unwrap().scenario().target {
        Shape::Blend(blend) => blend,
        _ => panic!("it is a mixture"),
    }
}

#[test]
fn the_shipped_networks_have_the_scores_of_their_models() {
    assert_eq!(shipped().len(), 2);
    for ((name, network), model) in shipped().iter().zip(mixture().models()) {
        assert_eq!(network.about().name, model.name, "{name}");
        assert!(network.bytes().len() < 40_000);
        assert!(network.about().loss < network.about().least_loss.unwrap() + 0.001);
        // Where there is much noise the score is that of a normal law; where there is next to none it bends fastest.
        let found = bands(network, &model.exact(), &[-8.0, -4.0, -1.0, 2.0, 5.0, 9.0], 1 << 14, 99);
        for (band, most) in found.iter().zip([0.002, 0.01, 0.05, 0.1, 0.25]) {
            let (error, spread) = (band.error.sqrt(), band.standard_error / (2.0 * band.error.sqrt()));
            println!(
                "{name} {} to {}: {:.3} % ± {:.3} %",
                band.from,
                band.to,
                100.0 * error,
                100.0 * spread
            );
            assert!(error + 5.0 * spread < most, "{name} {band:?}");
        }
    }
}

/// The mixture with the shipped networks, one panel without and one with weights by their rate.
fn along_networks(particles: usize) -> Scenario {
    let mut scenario = Preset::named("mixture").unwrap().scenario();
    scenario.particles = particles;
    scenario.set_steps(150);
    for flow in &mut scenario.panels {
        flow.reverse.as_mut().unwrap().weights = reverse::Weights::Rate;
    }
    let networks: Vec<Network> = shipped().iter().map(|(_, network)| network.clone()).collect();
    // By name, whatever their order.
    scenario
        .set_networks(&[networks[1].clone(), networks[0].clone()])
        .unwrap();
    let Shape::Blend(blend) = &scenario.target else {
        panic!("it is a mixture")
    };
    assert_eq!(blend.models()[0].network.as_ref(), Some(&networks[0]));
    scenario.check().unwrap();
    scenario
}

fn finished(scenario: Scenario) -> Simulation {
    let mut run = Simulation::new(scenario);
    while !run.is_done() {
        run.step().unwrap();
    }
    run
}

#[test]
fn weights_lead_networks_too_nearer_to_the_geometric_mean() {
    let scenario = along_networks(10_000);
    let mut distances: Vec<[f64; 4]> = Vec::new();
    for seed in 1..=4 {
        let mut run = finished(Scenario {
            seed,
            ..scenario.clone()
        });
        let [without, with] = [0, 1].map(|panel| run.observe(panel));
        distances.push([without.l1, with.l1, without.energy, with.energy]);
    }
    let mean = |k: usize| distances.iter().map(|d| d[k]).sum::<f64>() / 4.0;
    let variance = |k: usize| distances.iter().map(|d| (d[k] - mean(k)).powi(2)).sum::<f64>() / 3.0;
    for (what, without, with) in [("L1", 0, 1), ("energy", 2, 3)] {
        let error = ((variance(without) + variance(with)) / 4.0).sqrt();
        let z = (mean(without) - mean(with)) / error;
        println!(
            "{what}: {:.4} without, {:.4} with weights, z = {z:.1}",
            mean(without),
            mean(with)
        );
        assert!(z > 5.0 && mean(with) < 0.5 * mean(without));
    }
}

#[test]
fn a_run_along_networks_has_the_same_bits_on_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut scenario = along_networks(5000);
            // Tracked densities and divergences, too.
            let method = scenario.panels[1].reverse.as_mut().unwrap();
            (method.weights, method.densities) = (reverse::Weights::Exact, Densities::Stratonovich);
            scenario.set_steps(20);
            let run = finished(scenario);
            [0, 1].map(|panel| {
                let ensemble = run.ensemble(panel);
                let [x, y] = ensemble.positions();
                let values = x.iter().chain(y).chain(ensemble.weights());
                values.map(|v| v.to_bits()).collect::<Vec<u64>>()
            })
        })
    };
    assert!(run(1) == run(4));
}

#[test]
fn networks_that_are_missing_or_too_many_are_told() {
    let mut scenario = Preset::named("mixture").unwrap().scenario();
    scenario.panels.truncate(2);
    let Shape::Blend(blend) = &mut scenario.target else {
        panic!("a mixture")
    };
    (0..2).for_each(|k| blend.give(k, None));
    scenario.panels[0].scores = Scores::Network;
    let error = scenario.check().unwrap_err().to_string();
    assert!(
        error.contains("the model \"p\" has no network: expected one for each"),
        "{error}"
    );
    let network = network(8, 1);
    let error = scenario.set_networks(&vec![network.clone(); 3]).unwrap_err();
    assert_eq!(error, "3 networks for 2 models: expected one for each");
    let error = Preset::named("ring")
        .unwrap()
        .scenario()
        .set_networks(std::slice::from_ref(&network))
        .unwrap_err();
    assert!(error.starts_with("networks are for the models of a mixture"), "{error}");
    // Where a panel goes along networks already, the others stay as they are.
    let mut one = scenario.clone();
    one.panels[0].reverse.as_mut().unwrap().densities = Densities::Ito;
    one.set_networks(&[network.clone(), network.clone()]).unwrap();
    one.check().unwrap();
    assert_eq!(one.panels[1].scores, Scores::Exact);
    // Else all do. They do not know their densities: exact weights track them.
    scenario.panels[0].scores = Scores::Exact;
    scenario.set_networks(&[network.clone(), network.clone()]).unwrap();
    scenario.check().unwrap();
    assert_eq!(scenario.panels[1].reverse.as_ref().unwrap().densities, Densities::Ito);
    let text = scenario.to_ron();
    assert!(text.contains("network: Stored("), "{text}");
    assert_eq!(Scenario::from_ron(&text, "again").unwrap(), scenario);
    scenario.panels[1].reverse.as_mut().unwrap().densities = Densities::Known;
    let error = scenario.check().unwrap_err().to_string();
    assert!(error.contains("does not know its density"), "{error}");
}

#[cfg(feature = "train")]
mod training {
    use std::ops::ControlFlow;

    use wfr_lab::train::{Plan, TrainError, train};

    use super::*;

    fn plan() -> Plan {
        Plan {
            steps: 400,
            held_out: 4096,
            batch: 512,
            width: 24,
            patience: 40,
            ..Plan::default()
        }
    }

    fn on(threads: usize, seed: u64) -> wfr_lab::train::Trained {
        let data = mixture().models()[0].exact();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let plan = Plan { seed, ..plan() };
        pool.install(|| train("p", &data, &plan, &mut |_| ControlFlow::Continue(())).unwrap())
    }

    #[test]
    fn a_training_lowers_the_loss_and_finds_the_score() {
        let trained = on(4, 1);
        let (first, last) = (trained.looks[0], trained.looks[trained.looks.len() - 1]);
        println!("loss above the exact score's: {:.4}, {:.4}", first.excess, last.excess);
        assert!(last.excess < 0.3 * first.excess);
        // What the loss on samples and the distance from the exact score say is the same, but for chance: with d the difference and r the rest
        // of v, their difference is 2 E d·r per coordinate, of variance 4 E d² r² / samples, where r² is 1 about.
        let error = (4.0 * last.excess / 4096.0).sqrt();
        let z = (last.held_out - trained.least_loss - last.excess) / error;
        println!("z = {z:.2}");
        assert!(z.abs() < 5.0);
        // Without any training the network is the normal law of the data. A network that learned has a part of its error in every band where there
        // is anything to learn.
        let blank = Network::new(
            trained.network.about(),
            &Weights {
                out: vec![0.0; 48],
                out_bias: vec![0.0; 2],
                out_level: vec![0.0; 2 * FEATURES],
                ..trained.network.weights().clone()
            },
        )
        .unwrap();
        let before = bands(
            &blank,
            &mixture().models()[0].exact(),
            &[-4.0, -1.0, 2.0, 5.0],
            1 << 12,
            5,
        );
        let after = bands(
            &trained.network,
            &mixture().models()[0].exact(),
            &[-4.0, -1.0, 2.0, 5.0],
            1 << 12,
            5,
        );
        for (before, after) in before.iter().zip(&after) {
            println!(
                "{} to {}: {:.4}, {:.4}",
                before.from, before.to, before.error, after.error
            );
            assert!(after.error + 5.0 * after.standard_error < 0.6 * before.error);
        }
        // Read back it is what it was.
        assert_eq!(Network::read(trained.network.bytes()).unwrap(), trained.network);
    }

    #[test]
    fn the_same_seed_gives_the_same_network_on_any_number_of_threads() {
        let small = |threads, seed| {
            let data = mixture().models()[1].exact();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let plan = Plan {
                seed,
                steps: 20,
                ..plan()
            };
            pool.install(|| {
                train("q", &data, &plan, &mut |_| ControlFlow::Continue(()))
                    .unwrap()
                    .network
            })
        };
        assert!(small(1, 3) == small(4, 3));
        assert!(small(1, 3) != small(1, 4));
    }

    #[test]
    fn of_a_normal_law_the_loss_is_that_of_the_exact_score_from_the_start() {
        // v has mean 0 at every y, and the network says 0: nothing is left to learn.
        let law = Gaussians::new(vec![Gaussian::round(1.0, [0.5, -1.0], 2.25)]).unwrap();
        let mut looks = Vec::new();
        let plan = Plan {
            steps: 1,
            rate: 1e-9,
            ..plan()
        };
        let trained = train("normal", &law, &plan, &mut |progress| {
            looks.extend(progress.look);
            ControlFlow::Continue(())
        });
        let trained = trained.unwrap();
        assert_eq!(looks.len(), 1);
        assert!(trained.excess < 1e-11, "{:e}", trained.excess);
        assert!(
            (trained.least_loss - 1.0).abs() < 5.0 * (2.0 / 8192.0_f64).sqrt(),
            "{}",
            trained.least_loss
        );
    }

    #[test]
    fn a_training_that_is_stopped_leaves_nothing() {
        let data = mixture().models()[0].exact();
        let mut seen = 0;
        let stopped = train("p", &data, &plan(), &mut |progress| {
            seen = progress.step;
            if seen == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(TrainError::Stopped)));
        assert_eq!(seen, 3);
        let wrong = |plan: Plan| plan.check().unwrap_err().to_string();
        assert_eq!(
            wrong(Plan { width: 12, ..plan() }),
            "12 units are not possible: expected a multiple of 8 up to 256"
        );
        assert!(
            wrong(Plan {
                rate: f64::NAN,
                ..plan()
            })
            .contains("learning rate")
        );
        assert!(wrong(Plan { batch: 0, ..plan() }).contains("0 samples"));
        assert!(wrong(Plan { steps: 0, ..plan() }).contains("0 steps"));
    }
}
