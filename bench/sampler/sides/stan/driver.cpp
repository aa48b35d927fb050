/**
 * Runs the chains of one Stan model one after another, with the services that CmdStan runs and its defaults, and writes its CSV files.
 *
 * Usage: MODEL DATA.json OUTPUT SEED WARMUP DRAWS THIN diag_e|dense_e CHAINS. Chain k writes OUTPUT-k.csv; standard output gets a line of JSON a
 * chain: seconds and evaluations of the gradient by phase, more exactly than the milliseconds that Stan itself writes.
 */
#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/model_base.hpp>
#include <stan/services/sample/hmc_nuts_dense_e_adapt.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

stan::model::model_base& new_model(stan::io::var_context& data_context, unsigned int seed, std::ostream* msg_stream);

namespace {

/** The model behind the same virtual calls as in CmdStan, with evaluations of the gradient counted: one addition each. */
class counted_model {
 public:
  explicit counted_model(const stan::model::model_base& model) : model_(model) {}

  template <bool propto, bool jacobian, typename T>
  T log_prob(Eigen::Matrix<T, Eigen::Dynamic, 1>& position, std::ostream* messages) const {
    if (std::is_same<T, stan::math::var>::value) ++gradients;
    return model_.template log_prob<propto, jacobian, T>(position, messages);
  }

  template <bool propto, bool jacobian, typename T>
  T log_prob(std::vector<T>& position, std::vector<int>& integers, std::ostream* messages) const {
    if (std::is_same<T, stan::math::var>::value) ++gradients;
    return model_.template log_prob<propto, jacobian, T>(position, integers, messages);
  }

  size_t num_params_r() const { return model_.num_params_r(); }

  template <typename... Arguments>
  void get_param_names(Arguments&&... arguments) const {
    model_.get_param_names(std::forward<Arguments>(arguments)...);
  }
  template <typename... Arguments>
  void get_dims(Arguments&&... arguments) const {
    model_.get_dims(std::forward<Arguments>(arguments)...);
  }
  template <typename... Arguments>
  void constrained_param_names(Arguments&&... arguments) const {
    model_.constrained_param_names(std::forward<Arguments>(arguments)...);
  }
  template <typename... Arguments>
  void unconstrained_param_names(Arguments&&... arguments) const {
    model_.unconstrained_param_names(std::forward<Arguments>(arguments)...);
  }
  template <typename... Arguments>
  void transform_inits(Arguments&&... arguments) const {
    model_.transform_inits(std::forward<Arguments>(arguments)...);
  }
  template <typename Generator>
  void write_array(Generator& generator, std::vector<double>& position, std::vector<int>& integers, std::vector<double>& values, bool transformed = true,
                   bool generated = true, std::ostream* messages = nullptr) const {
    model_.write_array(generator, position, integers, values, transformed, generated, messages);
  }

  mutable long gradients = 0;

 private:
  const stan::model::model_base& model_;
};

/** Stan calls this before each iteration: the first one after warm-up parts the phases. */
class phase_clock : public stan::callbacks::interrupt {
 public:
  phase_clock(const counted_model& model, long warmup) : model_(model), warmup_(warmup), start_(now()), start_gradients_(model.gradients) {}

  void operator()() override {
    if (iterations_++ != warmup_) return;
    middle_ = now();
    middle_gradients_ = model_.gradients;
  }

  void report() const {
    const auto end = now();
    std::printf("{\"warmup\":{\"seconds\":%.9f,\"gradients\":%ld},\"sampling\":{\"seconds\":%.9f,\"gradients\":%ld}}\n", seconds(start_, middle_),
                middle_gradients_ - start_gradients_, seconds(middle_, end), model_.gradients - middle_gradients_);
  }

 private:
  using time_point = std::chrono::steady_clock::time_point;
  static time_point now() { return std::chrono::steady_clock::now(); }
  static double seconds(time_point from, time_point to) { return std::chrono::duration<double>(to - from).count(); }

  const counted_model& model_;
  const long warmup_;
  long iterations_ = 0;
  const time_point start_;
  time_point middle_;
  const long start_gradients_;
  long middle_gradients_ = 0;
};

std::unique_ptr<std::ofstream> open(const std::string& path) {
  auto stream = std::make_unique<std::ofstream>(path);
  if (!*stream) throw std::runtime_error("cannot write " + path);
  return stream;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 9) throw std::invalid_argument("usage: MODEL DATA.json OUTPUT SEED WARMUP DRAWS THIN diag_e|dense_e CHAINS");
  const std::string output = arguments[2];
  const unsigned int seed = std::stoul(arguments[3]);
  const int warmup = std::stoi(arguments[4]);
  const int draws = std::stoi(arguments[5]);
  const int thin = std::stoi(arguments[6]);
  const bool dense = std::string(arguments[7]) == "dense_e";
  const int chains = std::stoi(arguments[8]);

  std::ifstream file(arguments[1]);
  stan::json::json_data data(file);
  counted_model model(new_model(data, seed, &std::cerr));
  stan::io::empty_var_context random_start;
  std::ofstream quiet;
  stan::callbacks::stream_logger logger(quiet, quiet, std::cerr, std::cerr, std::cerr);
  stan::callbacks::writer none;
  // CmdStan's defaults.
  const double radius = 2, stepsize = 1, jitter = 0, delta = 0.8, gamma = 0.05, kappa = 0.75, t0 = 10;
  const int max_depth = 10, refresh = 0;
  const bool save_warmup = false;
  const unsigned int init_buffer = 75, term_buffer = 50, window = 25;

  for (int chain = 1; chain <= chains; ++chain) {
    phase_clock clock(model, warmup);
    {
      stan::callbacks::unique_stream_writer<std::ofstream> sample_writer(open(output + "-" + std::to_string(chain) + ".csv"), "# ");
      const auto run = [&](auto sample) {
        return sample(model, random_start, seed, chain, radius, warmup, draws, thin, save_warmup, refresh, stepsize, jitter, max_depth, delta, gamma, kappa, t0, init_buffer,
                      term_buffer, window, clock, logger, none, sample_writer, none);
      };
      const int status = dense ? run([](auto&&... a) { return stan::services::sample::hmc_nuts_dense_e_adapt(a...); })
                               : run([](auto&&... a) { return stan::services::sample::hmc_nuts_diag_e_adapt(a...); });
      if (status != 0) return status;
    }
    clock.report();
  }
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << std::endl;
  return 1;
}
